#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/conversation/message_draft.hpp"
#include "http/contract/operation.hpp"
#include "http/contract/table.hpp"

/// What agents send in conversations: WhatsApp's message objects on every channel, as far as Meta
/// documents their limits.
namespace omnistream::http::contract {

struct text_object {
  std::string body;
  std::optional<bool> preview_url;
};
const table<text_object>& table_for(const text_object*);

/// By its id at Meta, by a link that Meta fetches, or an upload of ours. Audio and stickers have
/// nothing else.
struct medium_object {
  std::optional<uuid> media_id;
  std::optional<std::string> id, link;
};
const table<medium_object>& table_for(const medium_object*);

/// An image or a video.
struct captioned_object {
  std::optional<uuid> media_id;
  std::optional<std::string> id, link, caption;
};
const table<captioned_object>& table_for(const captioned_object*);

struct document_object {
  std::optional<uuid> media_id;
  std::optional<std::string> id, link, caption, filename;
};
const table<document_object>& table_for(const document_object*);

struct location_object {
  double latitude = 0, longitude = 0;
  std::optional<std::string> name, address;
};
const table<location_object>& table_for(const location_object*);

struct reaction_object {
  std::string message_id, emoji;
};
const table<reaction_object>& table_for(const reaction_object*);

// -- contacts (outgoing_contacts.cpp)

struct contact_name {
  std::string formatted_name;
  std::optional<std::string> first_name, last_name, middle_name, prefix, suffix;
};
const table<contact_name>& table_for(const contact_name*);
struct contact_phone {
  std::string phone;
  std::optional<std::string> type, wa_id;
};
const table<contact_phone>& table_for(const contact_phone*);
struct contact_email {
  std::string email;
  std::optional<std::string> type;
};
const table<contact_email>& table_for(const contact_email*);
struct contact_url {
  std::string url;
  std::optional<std::string> type;
};
const table<contact_url>& table_for(const contact_url*);
struct contact_address {
  std::optional<std::string> street, city, state, zip, country, country_code, type;
};
const table<contact_address>& table_for(const contact_address*);
struct contact_org {
  std::optional<std::string> company, department, title;
};
const table<contact_org>& table_for(const contact_org*);
struct contact_object {
  contact_name name;
  std::optional<std::vector<contact_phone>> phones;
  std::optional<std::vector<contact_email>> emails;
  std::optional<std::vector<contact_url>> urls;
  std::optional<std::vector<contact_address>> addresses;
  std::optional<contact_org> org;
  std::optional<std::string> birthday;
};
const table<contact_object>& table_for(const contact_object*);

// -- interactive (outgoing_interactive.cpp)

struct interactive_header {
  std::string type;
  std::optional<std::string> text;
  std::optional<medium_object> image, video;
  std::optional<document_object> document;
};
const table<interactive_header>& table_for(const interactive_header*);
struct interactive_text {
  std::string text;
};
const table<interactive_text>& table_for(const interactive_text*);
struct interactive_footer {
  std::string text;
};
const table<interactive_footer>& table_for(const interactive_footer*);
struct reply_button {
  std::string id, title;
};
const table<reply_button>& table_for(const reply_button*);
struct interactive_button {
  std::string type;
  reply_button reply;
};
const table<interactive_button>& table_for(const interactive_button*);
struct list_row {
  std::string id, title;
  std::optional<std::string> description;
};
const table<list_row>& table_for(const list_row*);
struct product_item {
  std::string product_retailer_id;
};
const table<product_item>& table_for(const product_item*);
struct list_section {
  std::optional<std::string> title;
  std::optional<std::vector<list_row>> rows;
  std::optional<std::vector<product_item>> product_items;
};
const table<list_section>& table_for(const list_section*);
/// Below a card: a link, or what comes back when it is pressed.
struct card_button {
  std::string title;
  std::optional<std::string> url, id;
};
const table<card_button>& table_for(const card_button*);
/// One of type cards has a title and what follows it; one of a carousel has what Meta's have.
struct message_card {
  std::optional<std::string> title, subtitle, image_url, url;
  std::optional<std::vector<card_button>> buttons;
  std::optional<std::int64_t> card_index;
  std::optional<std::string> type;
  std::optional<nlohmann::json> header, body, action;
};
const table<message_card>& table_for(const message_card*);
struct interactive_action {
  std::optional<std::string> button;
  std::optional<std::vector<interactive_button>> buttons;
  std::optional<std::vector<list_section>> sections;
  std::optional<std::vector<message_card>> cards;
  std::optional<std::string> catalog_id, product_retailer_id, name;
  std::optional<nlohmann::json> parameters;
};
const table<interactive_action>& table_for(const interactive_action*);
struct interactive_object {
  std::string type;
  std::optional<interactive_header> header;
  std::optional<interactive_text> body;
  std::optional<interactive_footer> footer;
  interactive_action action;
};
const table<interactive_object>& table_for(const interactive_object*);

// -- mails (outgoing_email.cpp)

struct email_attachment {
  uuid media_id;
  std::optional<std::string> filename;
};
const table<email_attachment>& table_for(const email_attachment*);
struct email_object {
  std::optional<std::string> text, html, subject;
  std::optional<std::vector<std::string>> cc, bcc;
  std::optional<std::vector<email_attachment>> attachments;
};
const table<email_object>& table_for(const email_object*);

// -- templates

struct template_language {
  std::string code;
};
const table<template_language>& table_for(const template_language*);
struct template_object {
  std::optional<uuid> template_id;
  std::optional<std::string> name;
  std::optional<template_language> language;
  std::optional<std::vector<nlohmann::json>> components;
  std::optional<nlohmann::json> variables;
};
const table<template_object>& table_for(const template_object*);

// -- a message

struct outgoing_message {
  std::string type;
  std::optional<uuid> reply_to;
  std::optional<std::string> tag;
  std::optional<text_object> text;
  std::optional<captioned_object> image, video;
  std::optional<medium_object> audio, sticker;
  std::optional<document_object> document;
  std::optional<location_object> location;
  std::optional<std::vector<contact_object>> contacts;
  std::optional<interactive_object> interactive;
  std::optional<reaction_object> reaction;
  std::optional<template_object> from_template;  ///< `template`
  std::optional<email_object> email;
};
const table<outgoing_message>& table_for(const outgoing_message*);

/// The message as its conversation takes it.
actors::message_draft draft_of(const outgoing_message& message);

/// Why nothing can be sent in a conversation now: the 409s.
const std::vector<failure>& not_sendable();

}  // namespace omnistream::http::contract
