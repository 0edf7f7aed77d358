#include "http/contract/tables/wa_templates.hpp"

#include "http/api/all_routes.hpp"
#include "http/api/meta_access.hpp"
#include "http/api/route_table.hpp"
#include "http/api/template_review.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "WA Templates";
constexpr const char* view = "templates.view";
constexpr const char* manage = "templates.manage";

const failure in_use{
    409, "template_in_use",
    "A campaign uses it. Also one that has ended: it goes on showing what it sent."};
const failure no_media_header{409, "no_media_header",
                              "The template's header is no image, video or document."};
const failure no_account{409, "no_account",
                         "No account is named, none is the default, and META_WABA_ID is not set."};

void list(const exchange_ptr& on) {
  const auto query = on->query<templates_query>();
  if (query)
    api::read(on, "template", sql::wa_templates_list, query->status, query->category,
              query->waba_id, query->page, query->per_page);
}

void get(const exchange_ptr& on) {
  api::read(on, "template", sql::wa_template_get, on->path_id());
}

void create(const exchange_ptr& on) {
  if (auto wanted = on->body<template_create>())
    api::submit_template(on->with(), on->caller().tenant_id, std::move(*wanted), on->reply());
}

void sync(const exchange_ptr& on) {
  if (const auto query = on->query<templates_sync_query>())
    api::sync_templates(on->with(), on->caller().tenant_id, query->integration_account_id,
                        on->reply());
}

void remove(const exchange_ptr& on) {
  api::transact(on, [id = on->path_id()](storage::session& in) -> result<actors::answer> {
    if (in.execute(sql::wa_template_lock, id).empty()) return problems::not_found("template");
    if (in.execute(sql::wa_template_in_use, id).boolean(0, 0))
      return problems::wrong_state(in_use.code, in_use.doc);
    in.execute(sql::wa_template_delete, id);
    return actors::answer{200, R"({"message":"The template is gone here; Meta still has it."})"};
  });
}

struct changed_template {
  actors::answer answer;
  std::vector<uuid> campaigns;  ///< to be woken
};

result<changed_template> store_media(storage::session& in, const uuid& id, const std::string& url) {
  const auto found = in.execute(sql::wa_template_lock, id);
  if (found.empty()) return problems::not_found("template");
  if (!found.boolean(0, 0)) return problems::wrong_state(no_media_header.code, no_media_header.doc);
  const auto shown = in.execute(sql::wa_template_set_header_media, id, url);
  changed_template changed{{200, std::string(shown.text(0, 0))}, {}};
  const auto campaigns = in.execute(sql::wa_templates_campaigns, std::vector<uuid>{id});
  for (int i = 0; i < campaigns.size(); ++i) changed.campaigns.push_back(campaigns.id(i, 0));
  return changed;
}

void set_header_media(const exchange_ptr& on) {
  const auto wanted = on->body<header_media>();
  if (!wanted) return;
  auto& with = on->with();
  with.engine.query(
      [&with, tenant = on->caller().tenant_id, id = on->path_id(),
       url = wanted->header_media_url](const actors::reply_ptr& to) {
        with.pool.submit(
            storage::access::tenant(tenant),
            [id, url](storage::session& in) { return store_media(in, id, url); },
            [&with, to](result<changed_template> changed) {
              if (!changed) return (*to)(changed.error());
              with.engine.wake_campaigns(changed->campaigns);
              (*to)(std::move(changed->answer));
            });
      },
      on->reply());
}

void add_reading(api::route_table& routes) {
  routes.add({.id = "wa_templates_list",
              .method = "GET",
              .path = "/api/wa-templates",
              .tag = tag_name,
              .summary = "List WhatsApp message templates",
              .description = "Newest first.",
              .permission = view,
              .query = table_for(static_cast<const templates_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of templates.", .body = page_of(template_shape())}}},
             list);
  routes.add({.id = "wa_templates_get",
              .method = "GET",
              .path = "/api/wa-templates/{id}",
              .tag = tag_name,
              .summary = "Get a WhatsApp template by ID",
              .permission = view,
              .successes = {{.doc = "The template.", .body = template_shape()}}},
             get);
}

void add_reviewing(api::route_table& routes) {
  routes.add({.id = "wa_templates_create",
              .method = "POST",
              .path = "/api/wa-templates",
              .tag = tag_name,
              .summary = "Create a WhatsApp message template",
              .description = "It is submitted to Meta for review and stored with Meta's verdict so "
                             "far; nothing is stored if Meta refuses it.",
              .permission = manage,
              .body = table_for(static_cast<const template_create*>(nullptr)).shape(),
              .successes = {{.status = 201, .doc = "The template.", .body = template_shape()}},
              .failures = {{409, "template_exists",
                            "There is a template with this name and language already."},
                           no_account,
                           api::not_whatsapp,
                           api::token_unreadable,
                           api::meta_error,
                           api::meta_token_refused,
                           api::meta_unreachable}},
             create);
  routes.add(
      {.id = "wa_templates_sync",
       .method = "POST",
       .path = "/api/wa-templates/sync",
       .tag = tag_name,
       .summary = "Sync templates from Meta",
       .description = "Reads every template of the WhatsApp Business account and stores it "
                      "as Meta has it. What Meta no longer lists becomes DELETED and cannot "
                      "be sent; it is approved again when a later sync finds it so. If Meta's "
                      "list cannot be read to its end, nothing changes.",
       .permission = manage,
       .query = table_for(static_cast<const templates_sync_query*>(nullptr)).shape(),
       .successes = {{.doc = "They are synced.", .body = templates_synced_shape()}},
       .failures = {no_account, api::not_whatsapp, api::token_unreadable, api::meta_error,
                    api::meta_token_refused, api::meta_unreachable}},
      sync);
}

void add_changing(api::route_table& routes) {
  routes.add({.id = "wa_templates_delete",
              .method = "DELETE",
              .path = "/api/wa-templates/{id}",
              .tag = tag_name,
              .summary = "Delete a WhatsApp template (local only)",
              .description = "At Meta it stays, and the next sync brings it back. One that a "
                             "campaign uses, or has used, cannot be deleted.",
              .permission = manage,
              .successes = {{.doc = "It is gone.", .body = message_shape()}},
              .failures = {in_use}},
             remove);
  routes.add({.id = "wa_templates_header_media",
              .method = "PATCH",
              .path = "/api/wa-templates/{id}/header-media",
              .tag = tag_name,
              .summary = "Update template header media URL",
              .permission = manage,
              .body = table_for(static_cast<const header_media*>(nullptr)).shape(),
              .successes = {{.doc = "The changed template.", .body = template_shape()}},
              .failures = {no_media_header}},
             set_header_media);
}

}  // namespace

void wa_templates(api::route_table& routes) {
  routes.describe({tag_name, "What may be sent to people who have not written: Meta's templates."});
  add_reading(routes);
  add_reviewing(routes);
  add_changing(routes);
}

}  // namespace omnistream::http::routes
