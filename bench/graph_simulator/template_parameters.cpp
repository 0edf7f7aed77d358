#include "bench/graph_simulator/template_parameters.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "bench/graph_simulator/json_checks.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;

constexpr std::size_t body_characters_max = 1024;
constexpr std::size_t header_characters_max = 60;
constexpr std::size_t payload_characters_max = 256;
constexpr std::size_t coupon_characters_max = 20;
constexpr std::size_t url_suffix_characters_max = 2000;

const json no_parameters = json::array();

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

verdict check_characters(const std::string& text, std::string_view component) {
  std::size_t spaces = 0;
  for (const char c : text) {
    spaces = c == ' ' ? spaces + 1 : 0;
    if (c == '\n' || c == '\r' || c == '\t' || spaces > 4)
      return api_error{
          132018, 0,
          std::string(component) +
              ": Param text cannot have new-line/tab characters or more than 4 consecutive "
              "spaces"};
  }
  return {};
}

// The text that a currency or date_time parameter is rendered as.
verdict read_fallback(const json& parameter, const char* kind, std::string_view component,
                      const std::string** text) {
  const auto value = parameter.find(kind);
  const std::string where = std::string(component) + "." + kind;
  if (value == parameter.end()) return errors::missing(where + " is missing");
  if (auto wrong =
          check_keys(*value,
                     {"fallback_value", "code", "amount_1000", "day_of_week", "day_of_month",
                      "month", "year", "hour", "minute", "calendar", "timestamp"},
                     where))
    return wrong;
  if (auto wrong = check_text(*value, "fallback_value", where, body_characters_max)) return wrong;
  if (std::string_view(kind) == "currency") {
    if (auto wrong = check_text(*value, "code", where, 3)) return wrong;
    if (!value->contains("amount_1000"))
      return errors::missing(where + ": 'amount_1000' is missing");
    if (!(*value)["amount_1000"].is_number_integer())
      return errors::wrong_type(where + "['amount_1000']", "an integer");
  }
  *text = &(*value)["fallback_value"].get_ref<const std::string&>();
  return {};
}

verdict read_text_parameter(const json& parameter, std::string_view component,
                            const std::string** text) {
  if (!parameter.is_object())
    return errors::wrong_type(std::string(component) + " parameters", "an array of objects");
  if (auto wrong = check_text(parameter, "type", component, 32)) return wrong;
  const auto& type = parameter["type"].get_ref<const std::string&>();
  if (auto wrong = check_keys(parameter, {"type", "parameter_name", type}, component)) return wrong;
  if (auto wrong = check_optional_text(parameter, "parameter_name", component, 512)) return wrong;
  if (type == "currency" || type == "date_time")
    return read_fallback(parameter, type.c_str(), component, text);
  if (type != "text")
    return errors::format_mismatch(std::string(component) +
                                   ": Format mismatch, expected TEXT, received " + upper(type));
  if (auto wrong = check_text(parameter, "text", component, 32'768)) return wrong;
  *text = &parameter["text"].get_ref<const std::string&>();
  return {};
}

verdict check_parameter_name(const json& parameter, const template_text& target, bool named,
                             std::set<std::string>& seen, std::string_view component) {
  const auto name = parameter.find("parameter_name");
  if (!named) {
    if (name == parameter.end()) return {};
    return errors::format_mismatch(
        std::string(component) +
        ": the template's parameters are positional, but a parameter_name is given");
  }
  if (name == parameter.end())
    return errors::format_mismatch(
        std::string(component) +
        ": the template's parameters are named, but a parameter_name is missing");
  const auto& text = name->get_ref<const std::string&>();
  if (std::ranges::find(target.placeholders, text) == target.placeholders.end())
    return errors::format_mismatch(std::string(component) + ": the template has no parameter '" +
                                   text + "'");
  if (!seen.insert(text).second)
    return errors::format_mismatch(std::string(component) + ": parameter '" + text +
                                   "' is given twice");
  return {};
}

verdict check_texts(const json& parameters, const template_text& target, bool named,
                    std::string_view component, std::size_t characters_max) {
  if (parameters.size() != target.placeholders.size())
    return errors::parameter_count(component, parameters.size(), target.placeholders.size());
  std::set<std::string> seen;
  std::size_t length = target.fixed_length;
  for (const auto& parameter : parameters) {
    const std::string* text = nullptr;
    if (auto wrong = read_text_parameter(parameter, component, &text)) return wrong;
    if (auto wrong = check_parameter_name(parameter, target, named, seen, component)) return wrong;
    if (auto wrong = check_characters(*text, component)) return wrong;
    length += character_count(*text);
  }
  if (length > characters_max)
    return api_error{132005, 0,
                     std::string(component) + ": the translated text has " +
                         std::to_string(length) + " characters; " + std::to_string(characters_max) +
                         " are allowed"};
  return {};
}

verdict check_header_location(const json& parameter) {
  const auto location = parameter.find("location");
  if (location == parameter.end()) return errors::missing("header: 'location' is missing");
  if (auto wrong =
          check_keys(*location, {"latitude", "longitude", "name", "address"}, "header.location"))
    return wrong;
  for (const char* key : {"latitude", "longitude"})
    if (!location->contains(key))
      return errors::missing(std::string("header.location: '") + key + "' is missing");
  return {};
}

verdict check_header(const json& parameters, const message_template& target) {
  if (target.header == header_format::text ||
      (target.header == header_format::none && parameters.empty()))
    return check_texts(parameters, target.header_text, target.named_parameters, "header",
                       header_characters_max);
  const std::string expected(to_string(target.header));
  const auto mismatch = [&](std::string_view received) {
    return errors::format_mismatch("header: Format mismatch, expected " +
                                   (target.header == header_format::none ? "NONE" : expected) +
                                   ", received " + upper(received));
  };
  if (parameters.empty()) return mismatch("unknown");
  if (parameters.size() > 1) return errors::parameter_count("header", parameters.size(), 1);
  const auto& parameter = parameters.front();
  if (!parameter.is_object()) return errors::wrong_type("header parameters", "an array of objects");
  if (auto wrong = check_text(parameter, "type", "header", 32)) return wrong;
  const auto& type = parameter["type"].get_ref<const std::string&>();
  if (upper(type) != expected || target.header == header_format::none) return mismatch(type);
  if (auto wrong = check_keys(parameter, {"type", type}, "header")) return wrong;
  if (target.header == header_format::location) return check_header_location(parameter);
  if (!parameter.contains(type)) return errors::missing("header: '" + type + "' is missing");
  if (target.header == header_format::document)
    return check_media(parameter[type], {"filename"}, "header.document");
  return check_media(parameter[type], {}, "header." + type);
}

verdict check_button_parameter(const json& parameter, button_type type, const std::string& where) {
  if (!parameter.is_object())
    return errors::wrong_type(where + " parameters", "an array of objects");
  struct expectation {
    const char* key;
    std::size_t characters_max;
  };
  const auto expected =
      type == button_type::quick_reply ? expectation{"payload", payload_characters_max}
      : type == button_type::copy_code ? expectation{"coupon_code", coupon_characters_max}
                                       : expectation{"text", url_suffix_characters_max};
  if (auto wrong = check_text(parameter, "type", where, 32)) return wrong;
  if (type == button_type::catalog || type == button_type::flow) {
    if (parameter["type"] != "action")
      return errors::format_mismatch(where + ": a parameter of type action is expected");
    if (!parameter.contains("action") || !parameter["action"].is_object())
      return errors::missing(where + ": 'action' is missing");
    return check_keys(parameter, {"type", "action"}, where);
  }
  if (parameter["type"] != expected.key)
    return errors::format_mismatch(where + ": a parameter of type " + expected.key +
                                   " is expected, received " +
                                   parameter["type"].get<std::string>());
  if (auto wrong = check_keys(parameter, {"type", expected.key}, where)) return wrong;
  if (auto wrong = check_text(parameter, expected.key, where, expected.characters_max))
    return wrong;
  return check_characters(parameter[expected.key].get_ref<const std::string&>(), where);
}

std::optional<std::size_t> read_index(const json& component) {
  const auto at = component.find("index");
  if (at == component.end()) return std::nullopt;
  std::size_t index = 0;
  if (at->is_number_unsigned()) {
    index = at->get<std::size_t>();
  } else if (at->is_string()) {
    const auto& text = at->get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return index <= 9 ? std::optional(index) : std::nullopt;
}

bool takes_parameters(const template_button& button) {
  return button.type != button_type::phone_number && button.type != button_type::other &&
         (button.type != button_type::url || button.has_variable);
}

// The index of the button that `component` is about goes to `used`.
verdict check_button(const json& component, const json& parameters, const message_template& target,
                     std::set<std::size_t>& used) {
  if (auto wrong = check_text(component, "sub_type", "buttons", 32)) return wrong;
  if (!component.contains("index")) return errors::missing("buttons: 'index' is missing");
  const auto index = read_index(component);
  if (!index) return errors::bad_value("buttons: 'index' must be a number from 0 to 9");
  const std::string where = "buttons: Button at index " + std::to_string(*index);
  if (*index >= target.buttons.size())
    return errors::format_mismatch(where + " does not exist in the template");
  if (!used.insert(*index).second) return errors::format_mismatch(where + " is given twice");
  const auto& button = target.buttons[*index];
  // Authentication templates send their code as a URL parameter.
  const auto expected = button.type == button_type::otp ? button_type::url : button.type;
  const std::string sub_type = component["sub_type"];
  if (upper(sub_type) != upper(to_string(expected)))
    return errors::format_mismatch(where + " is of type " + std::string(to_string(expected)) +
                                   ", received " + sub_type);
  if (!takes_parameters(button))
    return errors::format_mismatch(where + " of type " + sub_type + " does not require parameters");
  if (parameters.size() != 1) return errors::parameter_count("buttons", parameters.size(), 1);
  return check_button_parameter(parameters.front(), expected, where);
}

bool needs_parameter(const template_button& button) {
  return button.has_variable || button.type == button_type::copy_code ||
         button.type == button_type::otp;
}

verdict check_missing_buttons(const message_template& target, const std::set<std::size_t>& used) {
  for (std::size_t i = 0; i < target.buttons.size(); ++i)
    if (needs_parameter(target.buttons[i]) && !used.contains(i))
      return errors::missing("buttons: Button at index " + std::to_string(i) + " of type " +
                             std::string(to_string(target.buttons[i].type)) +
                             " requires a parameter");
  return {};
}

verdict read_parameters(const json& component, const std::string& type, const json** parameters) {
  const auto at = component.find("parameters");
  if (at == component.end()) return {};
  if (!at->is_array())
    return errors::wrong_type("template['components']['" + type + "']['parameters']", "an array");
  *parameters = &*at;
  return {};
}

}  // namespace

verdict check_template_parameters(const json* components, const message_template& target) {
  const json* header = nullptr;
  const json* body = nullptr;
  std::set<std::size_t> used_buttons;
  if (components && !components->is_array())
    return errors::wrong_type("template['components']", "an array");
  for (const auto& component : components ? *components : no_parameters) {
    if (auto wrong = check_keys(component, {"type", "sub_type", "index", "parameters"},
                                "template['components']"))
      return wrong;
    if (auto wrong = check_text(component, "type", "template['components']", 32)) return wrong;
    const auto& type = component["type"].get_ref<const std::string&>();
    const json* parameters = &no_parameters;
    if (auto wrong = read_parameters(component, type, &parameters)) return wrong;
    if (type == "button") {
      if (auto wrong = check_button(component, *parameters, target, used_buttons)) return wrong;
      continue;
    }
    if (type != "header" && type != "body")
      return errors::wrong_type("template['components']['type']", "one of {header, body, button}");
    if (auto wrong = check_keys(component, {"type", "parameters"}, "template['components']"))
      return wrong;
    auto& place = type == "header" ? header : body;
    if (place) return errors::format_mismatch(type + ": the component is given twice");
    place = parameters;
  }
  if (auto wrong = check_header(header ? *header : no_parameters, target)) return wrong;
  if (auto wrong = check_texts(body ? *body : no_parameters, target.body, target.named_parameters,
                               "body", body_characters_max))
    return wrong;
  return check_missing_buttons(target, used_buttons);
}

}  // namespace graph_simulator
