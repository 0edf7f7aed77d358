#include "bench/graph_simulator/message_template.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace graph_simulator {
namespace {

using nlohmann::json;

template <class T, std::size_t N>
using name_table = std::array<std::pair<T, std::string_view>, N>;

constexpr name_table<template_status, 5> status_names{{{template_status::pending, "PENDING"},
                                                       {template_status::approved, "APPROVED"},
                                                       {template_status::rejected, "REJECTED"},
                                                       {template_status::paused, "PAUSED"},
                                                       {template_status::disabled, "DISABLED"}}};
constexpr name_table<template_category, 3> category_names{
    {{template_category::marketing, "MARKETING"},
     {template_category::utility, "UTILITY"},
     {template_category::authentication, "AUTHENTICATION"}}};
constexpr name_table<header_format, 6> header_names{{{header_format::none, "UNKNOWN"},
                                                     {header_format::text, "TEXT"},
                                                     {header_format::image, "IMAGE"},
                                                     {header_format::video, "VIDEO"},
                                                     {header_format::document, "DOCUMENT"},
                                                     {header_format::location, "LOCATION"}}};
constexpr name_table<button_type, 8> button_names{{{button_type::quick_reply, "quick_reply"},
                                                   {button_type::url, "url"},
                                                   {button_type::phone_number, "phone_number"},
                                                   {button_type::copy_code, "copy_code"},
                                                   {button_type::otp, "otp"},
                                                   {button_type::catalog, "catalog"},
                                                   {button_type::flow, "flow"},
                                                   {button_type::other, "other"}}};

template <class T, std::size_t N>
std::string_view name_of(const name_table<T, N>& table, T value) {
  const auto at = std::ranges::find(table, value, &std::pair<T, std::string_view>::first);
  return at == table.end() ? std::string_view{"UNKNOWN"} : at->second;
}

template <class T, std::size_t N>
std::optional<T> value_of(const name_table<T, N>& table, std::string_view name) {
  const auto at = std::ranges::find(table, name, &std::pair<T, std::string_view>::second);
  return at == table.end() ? std::nullopt : std::optional<T>(at->first);
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 512 && std::ranges::all_of(name, [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '_';
  });
}

bool is_language(std::string_view code) {
  return code.size() >= 2 && code.size() <= 7 &&
         std::ranges::all_of(code, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

// Positional placeholders are {{1}} to {{n}} without a gap; named ones begin with a letter.
verdict check_placeholders(const template_text& text, bool named, const char* component) {
  for (const auto& placeholder : text.placeholders) {
    const bool digits =
        std::ranges::all_of(placeholder, [](unsigned char c) { return std::isdigit(c); });
    if (digits == named)
      return errors::invalid(std::string(component) +
                             ": placeholders do not match the template's parameter_format.");
  }
  if (named) return {};
  for (std::size_t i = 1; i <= text.placeholders.size(); ++i)
    if (std::ranges::find(text.placeholders, std::to_string(i)) == text.placeholders.end())
      return errors::invalid(std::string(component) + ": {{" + std::to_string(i) +
                             "}} is missing: placeholders are numbered from 1 without a gap.");
  return {};
}

verdict read_header(const json& component, message_template& made) {
  if (made.header != header_format::none)
    return errors::invalid("components: there is more than one HEADER.");
  const auto format = value_of(header_names, text_of(component, "format"));
  if (!format || *format == header_format::none)
    return errors::invalid(
        "components: HEADER needs a format of TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION.");
  made.header = *format;
  if (*format != header_format::text) return {};
  made.header_text = parse_template_text(text_of(component, "text"));
  if (made.header_text.text.empty() || character_count(made.header_text.text) > 60)
    return errors::invalid("components: a HEADER text has 1 to 60 characters.");
  if (made.header_text.placeholders.size() > 1)
    return errors::invalid("components: a HEADER text has one placeholder at most.");
  return check_placeholders(made.header_text, made.named_parameters, "HEADER");
}

verdict read_body(const json& component, message_template& made) {
  if (!made.body.text.empty()) return errors::invalid("components: there is more than one BODY.");
  made.body = parse_template_text(text_of(component, "text"));
  if (made.body.text.empty() && made.category != template_category::authentication)
    return errors::invalid("components: BODY needs a text.");
  if (made.body.text.empty()) made.body = parse_template_text("{{1}} is your verification code.");
  if (character_count(made.body.text) > 1024)
    return errors::invalid("components: a BODY text has 1,024 characters at most.");
  return check_placeholders(made.body, made.named_parameters, "BODY");
}

verdict read_button(const json& button, message_template& made) {
  if (!button.is_object()) return errors::wrong_type("components[BUTTONS]", "an array of objects");
  const auto type = value_of(button_names, lower(text_of(button, "type")));
  if (!type || *type == button_type::other)
    return errors::invalid("components: unknown button type '" + text_of(button, "type") + "'.");
  if (character_count(text_of(button, "text")) > 25)
    return errors::invalid("components: a button's text has 25 characters at most.");
  template_button read{*type, false};
  if (*type == button_type::url) {
    const auto url = parse_template_text(text_of(button, "url"));
    if (!url.text.starts_with("https://") && !url.text.starts_with("http://"))
      return errors::invalid("components: a URL button needs a url that begins with http(s)://.");
    if (url.text.size() > 2000)
      return errors::invalid("components: a button's url has 2,000 characters at most.");
    if (url.placeholders.size() > 1 || (url.placeholders.size() == 1 && !url.text.ends_with("}}")))
      return errors::invalid("components: a button's url takes one placeholder, at its end.");
    read.has_variable = !url.placeholders.empty();
  }
  made.buttons.push_back(read);
  return {};
}

verdict read_buttons(const json& component, message_template& made) {
  const auto buttons = component.find("buttons");
  if (buttons == component.end() || !buttons->is_array() || buttons->empty())
    return errors::invalid("components: BUTTONS needs a non-empty array of buttons.");
  if (!made.buttons.empty()) return errors::invalid("components: there is more than one BUTTONS.");
  if (buttons->size() > 10)
    return errors::invalid("components: a template has 10 buttons at most.");
  for (const auto& button : *buttons)
    if (auto wrong = read_button(button, made)) return wrong;
  return {};
}

verdict read_component(const json& component, message_template& made) {
  if (!component.is_object()) return errors::wrong_type("components", "an array of objects");
  const auto type = lower(text_of(component, "type"));
  if (type == "header") return read_header(component, made);
  if (type == "body") return read_body(component, made);
  if (type == "buttons") return read_buttons(component, made);
  if (type != "footer")
    return errors::invalid("components: unknown component type '" + text_of(component, "type") +
                           "'.");
  if (const auto text = text_of(component, "text");
      character_count(text) > 60 || !parse_template_text(text).placeholders.empty())
    return errors::invalid("components: a FOOTER has 60 characters at most and no placeholder.");
  return {};
}

verdict read_identity(const json& definition, message_template& made) {
  for (const char* key : {"name", "language", "category"}) {
    if (!definition.contains(key)) return errors::required(key);
    if (!definition[key].is_string()) return errors::wrong_type(key, "a string");
  }
  made.name = definition["name"];
  made.language = definition["language"];
  if (!is_name(made.name))
    return errors::invalid("name: only lower-case letters, digits and underscores, 512 at most.");
  if (!is_language(made.language))
    return errors::invalid("language: '" + made.language +
                           "' is not a language code such as en_US.");
  const auto category = template_category_of(definition["category"].get<std::string>());
  if (!category)
    return errors::wrong_type("category", "one of {AUTHENTICATION, MARKETING, UTILITY}");
  made.category = *category;
  const auto format = lower(text_of(definition, "parameter_format"));
  if (definition.contains("parameter_format") && format != "named" && format != "positional")
    return errors::wrong_type("parameter_format", "one of {NAMED, POSITIONAL}");
  made.named_parameters = format == "named";
  return {};
}

}  // namespace

std::string_view to_string(template_status status) {
  return name_of(status_names, status);
}
std::string_view to_string(template_category category) {
  return name_of(category_names, category);
}
std::string_view to_string(header_format format) {
  return name_of(header_names, format);
}
std::string_view to_string(button_type type) {
  return name_of(button_names, type);
}

std::optional<template_status> template_status_of(std::string_view text) {
  return value_of(status_names, text);
}

std::optional<template_category> template_category_of(std::string_view text) {
  return value_of(category_names, text);
}

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

template_text parse_template_text(std::string text) {
  template_text parsed;
  std::size_t in_placeholders = 0;
  for (std::size_t open = text.find("{{"); open != std::string::npos;
       open = text.find("{{", open + 2)) {
    const auto close = text.find("}}", open);
    if (close == std::string::npos) break;
    const std::string name = text.substr(open + 2, close - open - 2);
    const bool is_placeholder = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
      return std::islower(c) || std::isdigit(c) || c == '_';
    });
    if (!is_placeholder) continue;
    in_placeholders += name.size() + 4;
    if (std::ranges::find(parsed.placeholders, name) == parsed.placeholders.end())
      parsed.placeholders.push_back(name);
  }
  parsed.fixed_length = character_count(text) - in_placeholders;
  parsed.text = std::move(text);
  return parsed;
}

verdict parse_template_definition(const json& definition, message_template& made) {
  if (!definition.is_object()) return errors::invalid("The body must be a JSON object.");
  static constexpr std::array<std::string_view, 10> allowed{"name",
                                                            "language",
                                                            "category",
                                                            "components",
                                                            "parameter_format",
                                                            "allow_category_change",
                                                            "message_send_ttl_seconds",
                                                            "sub_category",
                                                            "cta_url_link_tracking_opted_out",
                                                            "display_format"};
  for (const auto& [key, value] : definition.items())
    if (std::ranges::find(allowed, key) == allowed.end())
      return errors::unexpected_key(key, "message_templates");
  if (auto wrong = read_identity(definition, made)) return wrong;
  const auto components = definition.find("components");
  if (components == definition.end()) return errors::required("components");
  if (!components->is_array()) return errors::wrong_type("components", "an array");
  for (const auto& component : *components)
    if (auto wrong = read_component(component, made)) return wrong;
  if (made.body.text.empty()) return errors::invalid("components: a template needs a BODY.");
  made.components = nlohmann::ordered_json(*components);
  return {};
}

}  // namespace graph_simulator
