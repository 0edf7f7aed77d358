#include "bench/graph_simulator/message_validation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "bench/graph_simulator/json_checks.hpp"
#include "bench/graph_simulator/template_parameters.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;

constexpr std::size_t text_characters_max = 4096;
constexpr std::size_t to_digits_min = 7;
constexpr std::size_t to_digits_max = 15;

constexpr std::array<std::string_view, 11> types{"audio",       "contacts", "document", "image",
                                                 "interactive", "location", "reaction", "sticker",
                                                 "template",    "text",     "video"};

verdict require_string(const json& body, const char* key) {
  const auto at = body.find(key);
  if (at == body.end()) return errors::required(key);
  if (!at->is_string()) return errors::wrong_type(key, "a string");
  return {};
}

// The digits of a phone number that may be written with +, spaces, dashes, dots and brackets.
verdict read_to(const std::string& to, std::string_view sender, valid_message& message) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const char c = to[i];
    if (std::isdigit(static_cast<unsigned char>(c))) {
      message.wa_id += c;
    } else if (!(c == '+' && i == 0) &&
               std::string_view(" -.()").find(c) == std::string_view::npos) {
      return errors::bad_value("to: '" + to + "' is not a phone number");
    }
  }
  if (message.wa_id.size() < to_digits_min || message.wa_id.size() > to_digits_max ||
      message.wa_id.front() == '0')
    return errors::bad_value("to: '" + to + "' is not a phone number in international format");
  if (message.wa_id == sender)
    return api_error{131021, 0, "Sender and recipient are the same number"};
  message.input = to;
  return {};
}

// A business-scoped user id: a country code, a dot and up to 128 letters and digits.
verdict read_recipient(const std::string& recipient, valid_message& message) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_alnum = [](unsigned char c) { return std::isalnum(c) != 0; };
  if (recipient.size() < 4 || recipient.size() > 131 || !is_upper(recipient[0]) ||
      !is_upper(recipient[1]) || recipient[2] != '.' ||
      !std::all_of(recipient.begin() + 3, recipient.end(), is_alnum))
    return errors::bad_value("recipient: '" + recipient + "' is not a business-scoped user id");
  message.input = recipient;
  return {};
}

verdict read_addressee(const json& body, std::string_view sender, valid_message& message) {
  const auto recipient_type = body.find("recipient_type");
  if (recipient_type != body.end() && *recipient_type != "individual")
    return errors::wrong_type("recipient_type", "one of {INDIVIDUAL}");
  if (body.contains("recipient")) {
    if (body.contains("to")) return errors::invalid("Give either 'to' or 'recipient', not both.");
    if (auto wrong = require_string(body, "recipient")) return wrong;
    return read_recipient(body["recipient"].get_ref<const std::string&>(), message);
  }
  if (auto wrong = require_string(body, "to")) return wrong;
  return read_to(body["to"].get_ref<const std::string&>(), sender, message);
}

verdict check_context(const json& body) {
  const auto context = body.find("context");
  if (context == body.end()) return {};
  if (auto wrong = check_keys(*context, {"message_id"}, "context")) return wrong;
  return check_text(*context, "message_id", "context", 512);
}

verdict check_text_message(const json& text) {
  if (auto wrong = check_keys(text, {"body", "preview_url"}, "text")) return wrong;
  if (text.contains("preview_url") && !text["preview_url"].is_boolean())
    return errors::wrong_type("text['preview_url']", "a boolean");
  return check_text(text, "body", "text", text_characters_max);
}

verdict check_location(const json& location) {
  if (auto wrong = check_keys(location, {"latitude", "longitude", "name", "address"}, "location"))
    return wrong;
  for (const char* key : {"latitude", "longitude"}) {
    if (!location.contains(key))
      return errors::missing(std::string("location: '") + key + "' is missing");
    if (!location[key].is_number() && !location[key].is_string())
      return errors::wrong_type(std::string("location['") + key + "']", "a number");
  }
  return {};
}

verdict check_contacts(const json& contacts) {
  if (!contacts.is_array() || contacts.empty())
    return errors::wrong_type("contacts", "a non-empty array");
  for (const auto& contact : contacts) {
    if (auto wrong = check_keys(
            contact, {"addresses", "birthday", "emails", "name", "org", "phones", "urls"},
            "contacts"))
      return wrong;
    if (!contact.contains("name") || !contact["name"].is_object())
      return errors::missing("contacts: 'name' is missing");
    if (auto wrong = check_text(contact["name"], "formatted_name", "contacts['name']", 256))
      return wrong;
  }
  return {};
}

verdict check_reaction(const json& reaction) {
  if (auto wrong = check_keys(reaction, {"message_id", "emoji"}, "reaction")) return wrong;
  if (auto wrong = check_text(reaction, "message_id", "reaction", 512)) return wrong;
  if (!reaction.contains("emoji")) return errors::missing("reaction: 'emoji' is missing");
  return check_optional_text(reaction, "emoji", "reaction", 16);
}

verdict check_interactive(const json& interactive) {
  if (auto wrong =
          check_keys(interactive, {"type", "header", "body", "footer", "action"}, "interactive"))
    return wrong;
  if (auto wrong = check_text(interactive, "type", "interactive", 64)) return wrong;
  static constexpr std::array<std::string_view, 13> known{"address_message",
                                                          "button",
                                                          "call_permission_request",
                                                          "carousel",
                                                          "catalog_message",
                                                          "cta_url",
                                                          "flow",
                                                          "list",
                                                          "location_request_message",
                                                          "order_details",
                                                          "order_status",
                                                          "product",
                                                          "product_list"};
  const auto& type = interactive["type"].get_ref<const std::string&>();
  if (std::ranges::find(known, std::string_view(type)) == known.end())
    return errors::bad_value("interactive: unknown type '" + type + "'");
  if (!interactive.contains("action") || !interactive["action"].is_object())
    return errors::missing("interactive: 'action' is missing");
  if (type == "product") return {};
  if (!interactive.contains("body") || !interactive["body"].is_object())
    return errors::missing("interactive: 'body' is missing");
  return check_text(interactive["body"], "text", "interactive['body']", text_characters_max);
}

verdict check_status(const stored_template& stored) {
  switch (stored.status) {
    case template_status::approved:
      return {};
    case template_status::paused:
      return api_error{132015, 0, "Template is paused because of low quality."};
    case template_status::disabled:
      return api_error{132016, 0,
                       "Template was paused too often for low quality and is disabled for good."};
    default:
      return api_error{132001, 0,
                       "template name (" + stored.definition->name + ") does not exist in " +
                           stored.definition->language + ": it is not approved"};
  }
}

verdict check_template(const json& content, const template_store& templates, std::string_view waba,
                       valid_message& message) {
  if (auto wrong = check_keys(content, {"name", "language", "components"}, "template"))
    return wrong;
  if (auto wrong = check_text(content, "name", "template", 512)) return wrong;
  if (!content.contains("language")) return errors::missing("template: 'language' is missing");
  const auto& language = content["language"];
  if (auto wrong = check_keys(language, {"code", "policy"}, "template['language']")) return wrong;
  if (auto wrong = check_text(language, "code", "template['language']", 16)) return wrong;
  if (language.contains("policy") && language["policy"] != "deterministic")
    return errors::wrong_type("template['language']['policy']", "one of {DETERMINISTIC}");
  const auto& name = content["name"].get_ref<const std::string&>();
  const auto& code = language["code"].get_ref<const std::string&>();
  const auto* stored = templates.find(waba, name, code);
  if (!stored)
    return api_error{132001, 0, "template name (" + name + ") does not exist in " + code};
  if (auto wrong = check_status(*stored)) return wrong;
  message.is_template = true;
  message.category = stored->definition->category;
  const auto components = content.find("components");
  return check_template_parameters(components == content.end() ? nullptr : &*components,
                                   *stored->definition);
}

verdict check_content(const std::string& type, const json& content, const template_store& templates,
                      std::string_view waba, valid_message& message) {
  if (type == "template") return check_template(content, templates, waba, message);
  if (type == "text") return check_text_message(content);
  if (type == "image" || type == "video") return check_media(content, {"caption"}, type);
  if (type == "document") return check_media(content, {"caption", "filename"}, type);
  if (type == "audio" || type == "sticker") return check_media(content, {}, type);
  if (type == "location") return check_location(content);
  if (type == "contacts") return check_contacts(content);
  if (type == "reaction") return check_reaction(content);
  return check_interactive(content);
}

verdict check_receipt(const json& body, valid_message& message) {
  if (auto wrong = check_keys(
          body, {"messaging_product", "status", "message_id", "typing_indicator"}, "body"))
    return wrong;
  if (body["status"] != "read") return errors::wrong_type("status", "one of {READ}");
  if (auto wrong = require_string(body, "message_id")) return wrong;
  message.what = valid_message::kind::read_receipt;
  return {};
}

verdict check_top_level(const json& body, const std::string& type) {
  if (auto wrong =
          check_keys(body,
                     {"messaging_product", "recipient_type", "to", "recipient", "type", "context",
                      "biz_opaque_callback_data", "recipient_identity_key_hash", type},
                     "body"))
    return wrong;
  if (!body.contains(type)) return errors::required(type);
  if (auto wrong = check_context(body)) return wrong;
  for (const char* key : {"biz_opaque_callback_data", "recipient_identity_key_hash"}) {
    const auto at = body.find(key);
    if (at == body.end()) continue;
    if (!at->is_string()) return errors::wrong_type(key, "a string");
    if (character_count(at->get_ref<const std::string&>()) > callback_characters_max)
      return errors::wrong_type(key, "at most 512 characters long");
  }
  return {};
}

}  // namespace

verdict validate_message(std::string_view text, const template_store& templates,
                         std::string_view waba, std::string_view sender, valid_message& message) {
  if (text.size() > message_bytes_max) return errors::invalid("The body is larger than 1 MiB.");
  if (nesting_depth(text) > nesting_depth_max)
    return errors::invalid("The body is nested too deeply.");
  const auto body = json::parse(text, nullptr, false);
  if (body.is_discarded()) return errors::invalid("The body is not valid JSON.");
  if (!body.is_object()) return errors::invalid("The body must be a JSON object.");
  if (auto wrong = require_string(body, "messaging_product")) return wrong;
  if (body["messaging_product"] != "whatsapp")
    return errors::wrong_type("messaging_product", "one of {WHATSAPP}");
  if (body.contains("status")) return check_receipt(body, message);
  if (auto wrong = require_string(body, "type")) return wrong;
  const auto& type = body["type"].get_ref<const std::string&>();
  if (std::ranges::find(types, std::string_view(type)) == types.end())
    return errors::wrong_type(
        "type",
        "one of {AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, "
        "STICKER, TEMPLATE, TEXT, VIDEO}");
  if (auto wrong = check_top_level(body, type)) return wrong;
  if (auto wrong = read_addressee(body, sender, message)) return wrong;
  if (auto wrong = check_content(type, body[type], templates, waba, message)) return wrong;
  if (const auto data = body.find("biz_opaque_callback_data"); data != body.end())
    message.callback = data->get_ref<const std::string&>();
  return {};
}

}  // namespace graph_simulator
