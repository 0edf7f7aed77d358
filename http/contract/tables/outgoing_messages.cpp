#include "http/contract/tables/outgoing_messages.hpp"

#include <utility>

#include "config/base/emoji.hpp"
#include "http/contract/blank.hpp"

namespace omnistream::http::contract {
namespace {

using nlohmann::json;

constexpr std::size_t text_characters_max = 4'096;
constexpr std::size_t caption_characters_max = 1'024;
constexpr std::size_t filename_characters_max = 240;
constexpr std::size_t media_id_characters_max = 128;
constexpr std::size_t link_characters_max = 2'048;
constexpr std::size_t place_characters_max = 1'000;
constexpr std::size_t external_id_characters_max = 512;
constexpr std::size_t emoji_characters_max = 32;
constexpr std::size_t template_name_characters_max = 512;
constexpr std::size_t template_components_max = 16;
constexpr std::size_t contacts_max = 5;

const std::vector<std::string> types{"text",        "image",    "video",    "audio",
                                     "document",    "sticker",  "location", "contacts",
                                     "interactive", "reaction", "template", "email"};

template <class T>
field<T> upload_id(std::optional<uuid> T::*member) {
  return field("media_id", member)
      .doc(
          "An upload, which is handed to Meta first. Not on Instagram. What WhatsApp and Messenger "
          "take: POST /api/media/upload.");
}
template <class T>
field<T> meta_id(std::optional<std::string> T::*member) {
  return field("id", member)
      .size(1, media_id_characters_max)
      .pattern(text_pattern::token)
      .doc("Meta's id of an upload to the account's number.")
      .example("1037543291543636");
}
template <class T>
field<T> media_link(std::optional<std::string> T::*member) {
  return field("link", member)
      .size(1, link_characters_max)
      .format(text_format::uri)
      .doc("Where Meta fetches it.")
      .example("https://cdn.example.com/receipt.jpg");
}
template <class T>
field<T> caption(std::optional<std::string> T::*member) {
  return field("caption", member).size(1, caption_characters_max).example("Your receipt");
}

template <class T>
void one_source(const T& wanted, error_list& errors) {
  const int sources =
      int{wanted.media_id.has_value()} + int{wanted.id.has_value()} + int{wanted.link.has_value()};
  if (sources > 1)
    errors.add("link", {"ambiguous", "Give one of media_id, id and link."});
  else if (sources == 0)
    errors.add("id", {"required", "Give the media_id, the id or the link."});
  else if (wanted.link && !wanted.link->starts_with("https://") &&
           !wanted.link->starts_with("http://"))
    errors.add("link", {"wrong_format", "Meta fetches http:// and https:// links only."});
}

void something_to_read(const text_object& wanted, error_list& errors) {
  refuse_blank("body", wanted.body, errors);
}

void one_emoji_or_none(const reaction_object& wanted, error_list& errors) {
  if (!wanted.emoji.empty() && !is_one_emoji(wanted.emoji))
    errors.add("emoji", {"wrong_format", "A reaction is one emoji, or empty to take it back."});
}

void one_way_to_name_a_template(const template_object& wanted, error_list& errors) {
  if (wanted.template_id && (wanted.name || wanted.language))
    errors.add("template_id",
               {"ambiguous", "Name the template by template_id or by name and language."});
  if (!wanted.template_id && !wanted.name)
    errors.add("name", {"required", "Name the template: template_id, or name and language."});
  if (wanted.name && !wanted.language)
    errors.add("language", {"required", "A name needs its language."});
  if (wanted.components && wanted.variables)
    errors.add("variables", {"ambiguous", "Fill the template by components or by variables."});
}

template <class T>
json written(const T& object) {
  return json::parse(table_for(static_cast<const T*>(nullptr)).to_json(object));
}

json written(const std::vector<contact_object>& contacts) {
  auto list = json::array();
  for (const auto& one : contacts) list.push_back(written(one));
  return list;
}

/// Calls `with` with the name of each type, whether its object is there, and how to write it.
template <class F>
void each_object(const outgoing_message& message, F with) {
  const auto visit = [&](const char* name, const auto& object) {
    with(name, object.has_value(), [&object] { return written(*object); });
  };
  visit("text", message.text);
  visit("image", message.image);
  visit("video", message.video);
  visit("audio", message.audio);
  visit("document", message.document);
  visit("sticker", message.sticker);
  visit("location", message.location);
  visit("contacts", message.contacts);
  visit("interactive", message.interactive);
  visit("reaction", message.reaction);
  visit("template", message.from_template);
  visit("email", message.email);
}

void the_object_of_the_type(const outgoing_message& wanted, error_list& errors) {
  each_object(wanted, [&](const std::string& name, bool is_there, const auto&) {
    if (name == wanted.type && !is_there)
      errors.add(name, {"required", "A message of type " + name + " needs this object."});
    if (name != wanted.type && is_there)
      errors.add(name, {"not_of_type", "The message is of type " + wanted.type + "."});
  });
  if (wanted.type == "reaction" && wanted.reply_to)
    errors.add("reply_to", {"not_of_type", "A reaction names its message itself."});
}

}  // namespace

const table<text_object>& table_for(const text_object*) {
  static const table<text_object> fields =
      table<text_object>("OutgoingText", "",
                         {field("body", &text_object::body)
                              .size(1, text_characters_max)
                              .doc("Not blanks alone.")
                              .example("It is on its way."),
                          field("preview_url", &text_object::preview_url)
                              .doc("Whether WhatsApp shows a preview of the first link in it.")})
          .checked_by(something_to_read);
  return fields;
}

const table<medium_object>& table_for(const medium_object*) {
  static const table<medium_object> fields =
      table<medium_object>("OutgoingMedium", "By media_id, by id or by link.",
                           {upload_id(&medium_object::media_id), meta_id(&medium_object::id),
                            media_link(&medium_object::link)})
          .checked_by(one_source<medium_object>);
  return fields;
}

const table<captioned_object>& table_for(const captioned_object*) {
  static const table<captioned_object> fields =
      table<captioned_object>(
          "OutgoingCaptionedMedium", "By media_id, by id or by link.",
          {upload_id(&captioned_object::media_id), meta_id(&captioned_object::id),
           media_link(&captioned_object::link), caption(&captioned_object::caption)})
          .checked_by(one_source<captioned_object>);
  return fields;
}

const table<document_object>& table_for(const document_object*) {
  static const table<document_object> fields =
      table<document_object>(
          "OutgoingDocument", "By media_id, by id or by link.",
          {upload_id(&document_object::media_id), meta_id(&document_object::id),
           media_link(&document_object::link), caption(&document_object::caption),
           field("filename", &document_object::filename)
               .size(1, filename_characters_max)
               .doc("As WhatsApp shows it.")
               .example("receipt.pdf")})
          .checked_by(one_source<document_object>);
  return fields;
}

const table<location_object>& table_for(const location_object*) {
  static const table<location_object> fields(
      "OutgoingLocation", "",
      {field("latitude", &location_object::latitude).range(-90, 90).doc("Degrees.").example(-6.2),
       field("longitude", &location_object::longitude)
           .range(-180, 180)
           .doc("Degrees.")
           .example(106.8),
       field("name", &location_object::name).size(1, place_characters_max).example("Toko Maju"),
       field("address", &location_object::address)
           .size(1, place_characters_max)
           .example("Jl. Merdeka 1, Jakarta")});
  return fields;
}

const table<reaction_object>& table_for(const reaction_object*) {
  static const table<reaction_object> fields =
      table<reaction_object>(
          "OutgoingReaction", "",
          {field("message_id", &reaction_object::message_id)
               .size(1, external_id_characters_max)
               .doc("The external_id of a message of this conversation, which is no reaction, news "
                    "of the channel's own or deleted.")
               .example("wamid.HBgNNjI4MTIzNDU2Nzg5MBU"),
           field("emoji", &reaction_object::emoji)
               .size_max(emoji_characters_max)
               .doc("One emoji; empty: takes the reaction back.")
               .example("\U0001F44D")})
          .checked_by(one_emoji_or_none);
  return fields;
}

const table<template_language>& table_for(const template_language*) {
  static const table<template_language> fields(
      "OutgoingTemplateLanguage", "",
      {field("code", &template_language::code).pattern(text_pattern::language).example("id")});
  return fields;
}

const table<template_object>& table_for(const template_object*) {
  static const table<template_object> fields =
      table<template_object>(
          "OutgoingTemplate",
          "An APPROVED template of the account's WhatsApp Business account, by template_id or by "
          "name and language; filled by Meta's components or by variables.",
          {field("template_id", &template_object::template_id),
           field("name", &template_object::name)
               .size(1, template_name_characters_max)
               .pattern(text_pattern::identifier)
               .example("order_update"),
           field("language", &template_object::language),
           field("components", &template_object::components)
               .size_max(template_components_max)
               .doc("Meta's components with their parameters; Meta checks them."),
           field("variables", &template_object::variables)
               .doc("As those of a campaign's recipient: 1, 2 or name for the body, header_1, "
                    "header_media_url, button_0. Checked before the message is taken.")
               .example({{"1", "Budi"}, {"2", "INV-7"}})})
          .checked_by(one_way_to_name_a_template);
  return fields;
}

const table<outgoing_message>& table_for(const outgoing_message*) {
  static const table<outgoing_message> fields =
      table<outgoing_message>(
          "OutgoingMessage",
          "A message, as WhatsApp's API has it: its type and the object of that name. Messenger "
          "and Instagram take text (2,000 characters; 1,000 bytes), image, video, audio and "
          "document without caption and filename, interactive with buttons, which become quick "
          "replies, with a cta_url (640 characters above one link) or with cards, and reaction (on "
          "Instagram the heart); Instagram takes media by link only, and the sticker whose id is "
          "like_heart. By mail go text and email.",
          {field("type", &outgoing_message::type).one_of(types).example("text"),
           field("reply_to", &outgoing_message::reply_to)
               .doc("The id of a message of this conversation that Meta has taken or brought, and "
                    "that "
                    "is no reaction, news of the channel's own or deleted."),
           field("tag", &outgoing_message::tag)
               .one_of({"HUMAN_AGENT"})
               .doc("Messenger and Instagram: a person answers, up to 7 days after the contact "
                    "wrote. Meta must have granted the app the feature Human Agent."),
           field("text", &outgoing_message::text), field("image", &outgoing_message::image),
           field("video", &outgoing_message::video), field("audio", &outgoing_message::audio),
           field("document", &outgoing_message::document),
           field("sticker", &outgoing_message::sticker),
           field("location", &outgoing_message::location),
           field("contacts", &outgoing_message::contacts).size(1, contacts_max),
           field("interactive", &outgoing_message::interactive),
           field("reaction", &outgoing_message::reaction),
           field("template", &outgoing_message::from_template),
           field("email", &outgoing_message::email)})
          .checked_by(the_object_of_the_type);
  return fields;
}

actors::message_draft draft_of(const outgoing_message& message) {
  actors::message_draft draft;
  draft.type = message.type;
  draft.reply_to = message.reply_to;
  draft.as_human_agent = message.tag.has_value();
  if (const auto& from = message.from_template) {
    draft.from_template = {from->template_id, from->name.value_or(""),
                           from->language ? from->language->code : ""};
    if (from->components)
      draft.object = *from->components;
    else
      draft.object = from->variables.value_or(json::object());
    return draft;
  }
  each_object(message, [&draft](const std::string& name, bool is_there, const auto& write) {
    if (name == draft.type && is_there) draft.object = write();
  });
  return draft;
}

const std::vector<failure>& not_sendable() {
  static const std::vector<failure> list{
      {409, "service_window_closed",
       "The contact did not write within the last 24 hours, or 7 days for the tag HUMAN_AGENT: on "
       "WhatsApp Meta takes templates only, elsewhere nothing."},
      {409, "account_deleted", "The account of the conversation is gone."},
      {409, "account_inactive", "The account is switched off."},
      {409, "account_paused", "Meta refuses the account; the detail says why."},
      {409, "contact_without_number", "There is nowhere to send it."},
      {409, "channel_not_supported", "Nothing can be sent on this channel."},
      {409, "no_mail_server", "The email account names no mail server to send through."},
      {409, "too_many_waiting", "100 messages of the conversation wait for Meta already."}};
  return list;
}

}  // namespace omnistream::http::contract
