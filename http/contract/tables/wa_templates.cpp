#include "http/contract/tables/wa_templates.hpp"

#include "http/contract/constraints.hpp"
#include "http/contract/paging.hpp"
#include "http/contract/tables/campaigns.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t name_characters_max = 512;
constexpr std::size_t components_max = 20;
constexpr std::size_t filter_characters_max = 64;

constexpr const char* account_doc =
    "Names the WhatsApp Business account; without one, that of the default account, else "
    "META_WABA_ID with META_ACCESS_TOKEN (for the server's first tenant only).";
constexpr const char* media_doc =
    "Where Meta fetches the medium of an IMAGE, VIDEO or DOCUMENT header from, for recipients that "
    "name none of their own (variables header_media_url and header_media_id). A sync takes the "
    "example's link, except one of Meta's own, which dies within days.";

const nlohmann::json components_example = {
    {{"type", "BODY"},
     {"text", "Halo {{1}}, pesanan {{2}} sedang dikirim."},
     {"example",
      {{"body_text", nlohmann::json::array({nlohmann::json::array({"Budi", "#123"})})}}}}};

}  // namespace

const table<templates_query>& table_for(const templates_query*) {
  static const table<templates_query> fields(
      "TemplatesQuery", "",
      {field("page", &templates_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &templates_query::per_page).range(1, 100).defaults_to(50),
       field("status", &templates_query::status)
           .size(1, filter_characters_max)
           .doc("Only templates with this status.")
           .example("APPROVED"),
       field("category", &templates_query::category)
           .size(1, filter_characters_max)
           .doc("Only templates of this category.")
           .example("MARKETING"),
       field("waba_id", &templates_query::waba_id)
           .size(1, filter_characters_max)
           .doc("Only templates of this WhatsApp Business account.")});
  return fields;
}

const table<template_create>& table_for(const template_create*) {
  static const table<template_create> fields(
      "TemplateCreate", "A new template for Meta to review.",
      {field("name", &template_create::name)
           .size(1, name_characters_max)
           .pattern(text_pattern::identifier)
           .example("order_update"),
       field("language", &template_create::language)
           .pattern(text_pattern::language)
           .defaults_to("id"),
       field("category", &template_create::category)
           .one_of({"MARKETING", "UTILITY", "AUTHENTICATION"})
           .defaults_to("MARKETING"),
       field("components", &template_create::components)
           .size(1, components_max)
           .doc("HEADER, BODY, FOOTER and BUTTONS as Meta defines them; Meta checks them.")
           .example(components_example),
       field("parameter_format", &template_create::parameter_format)
           .one_of({"POSITIONAL", "NAMED"})
           .doc("NAMED: placeholders have names. Meta takes POSITIONAL where it is absent."),
       field("integration_account_id", &template_create::integration_account_id).doc(account_doc)});
  return fields;
}

const table<templates_sync_query>& table_for(const templates_sync_query*) {
  static const table<templates_sync_query> fields(
      "TemplatesSyncQuery", "",
      {field("integration_account_id", &templates_sync_query::integration_account_id)
           .doc(account_doc)});
  return fields;
}

const table<header_media>& table_for(const header_media*) {
  static const table<header_media> fields =
      table<header_media>("HeaderMedia", "The medium of a template's header.",
                          {field("header_media_url", &header_media::header_media_url)
                               .size(1, header_media_url_characters_max)
                               .format(text_format::uri)
                               .doc(media_doc)
                               .example("https://cdn.example.com/promo.jpg")})
          .checked_by([](const header_media& wanted, error_list& errors) {
            if (!is_media_url(wanted.header_media_url))
              errors.add("header_media_url", {"not_https", "Must begin with https://."});
          });
  return fields;
}

bool is_media_url(std::string_view url) {
  return url.starts_with("https://") && !check_text({.type = value_type::string,
                                                     .format = text_format::uri,
                                                     .size_max = header_media_url_characters_max},
                                                    url);
}

shape_ptr template_shape() {
  static const auto component = [] {
    auto open =
        *make_shape("TemplateComponent", "As Meta defines it.", {text("type").example("BODY")});
    open.open = true;
    return std::make_shared<const shape>(std::move(open));
  }();
  static const auto declared =
      make_shape("WaTemplate", "A WhatsApp message template.",
                 {uuid_text("id"),
                  text("waba_id")
                      .doc("The WhatsApp Business account it belongs to.")
                      .example("102290129340398"),
                  text("meta_template_id").optional().doc("Meta's id of it."),
                  text("name").example("order_update"), text("language").example("id"),
                  text("category").example("UTILITY"),
                  text("status")
                      .doc("As Meta names it: APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ... "
                           "DELETED: a sync found that it is gone at Meta. Only an APPROVED one "
                           "can be sent.")
                      .example("APPROVED"),
                  text("rejection_reason").optional().doc("In Meta's word, where it was rejected."),
                  array("components", component).example(components_example),
                  text("header_media_url").optional().doc(media_doc), date_time("created_at"),
                  date_time("updated_at")});
  return declared;
}

shape_ptr templates_synced_shape() {
  static const auto declared =
      extend(message_shape(), "TemplatesSynced", "What a sync found.",
             {integer("total_from_meta").doc("Templates that Meta listed."),
              integer("synced").doc("Templates that are now here as Meta has them."),
              integer("errors").doc("Templates of Meta's that could not be read."),
              integer("deleted").optional().doc("Templates that Meta no longer lists: their "
                                                "status is DELETED now. 0 where errors is not.")});
  return declared;
}

}  // namespace omnistream::http::contract
