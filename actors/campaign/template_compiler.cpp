#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "actors/campaign/message_body.hpp"
#include "actors/json_member.hpp"
#include "actors/json_text.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

constexpr std::size_t components_bytes_max = 64 * 1'024;
constexpr std::size_t buttons_max = 10;
constexpr std::string_view otp_link = "https://www.whatsapp.com/otp/code/";

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

bool is_number(std::string_view name) {
  return !name.empty() && name.size() <= 3 &&
         std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

/// The names between {{ and }}, each once: numbers in their order, names in the order they appear.
std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const auto end = text.find("}}", at);
    if (end == std::string_view::npos) break;
    auto name = text.substr(at + 2, end - at - 2);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    at = end + 2;
  }
  if (std::ranges::all_of(names, is_number))
    std::ranges::sort(names, {}, [](const std::string& name) { return std::stoi(name); });
  return names;
}

}  // namespace

/// Turns Meta's components into the constant pieces and slots of a plan.
class template_compiler {
 public:
  explicit template_compiler(const template_source& source) : source_(source) {}

  result<template_plan> run() {
    if (source_.components_json.size() > components_bytes_max)
      return unsupported("Its components are too large.");
    // The cursor bounds the nesting first: nlohmann's destructor and copies are not our concern
    // then.
    json_cursor bounded(source_.components_json);
    bounded.take_value();
    const auto components =
        bounded.finished() ? json::parse(source_.components_json, nullptr, false) : json{};
    if (!components.is_array()) return unsupported("Its components are not a JSON array.");
    open();
    for (const auto* type : {"HEADER", "BODY", "BUTTONS"})
      for (const auto& component : components)
        if (component.is_object() && upper(text_of(component, "type")) == type)
          add(type, component);
    for (const auto& component : components) refuse_unknown(component);
    if (!fault_.empty()) return unsupported(fault_);
    if (plan_.keys_.size() > template_plan::parameters_max)
      return unsupported("It has more than 64 variables.");
    close();
    return std::move(plan_);
  }

 private:
  using form = template_plan::form;

  problem unsupported(const std::string& why) const {
    return {422,
            "template_unsupported",
            "The template " + source_.name + " cannot be sent as a broadcast. " + why,
            {},
            {}};
  }

  void refuse(const std::string& why) {
    if (fault_.empty()) fault_ = why;
  }

  void refuse_unknown(const json& component) {
    const auto type = component.is_object() ? upper(text_of(component, "type")) : std::string{};
    if (type.empty()) return refuse("One of its components has no type.");
    for (const auto* known : {"HEADER", "BODY", "FOOTER", "BUTTONS", "CALL_PERMISSION_REQUEST"})
      if (type == known) return;
    refuse("Components of type " + type + " are not supported.");
  }

  void open() {
    text_ = R"(","type":"template","template":{"name":")";
    append_json_escaped(source_.name, text_);
    text_ += R"(","language":{"policy":"deterministic","code":")";
    append_json_escaped(source_.language, text_);
    text_ += R"("})";
  }

  void close() {
    if (has_components_) text_ += ']';
    plan_.ending_ = text_ + "}}";
  }

  /// Begins a component with its constant members, in front of its parameters.
  void begin_component(const std::string& members) {
    text_ += has_components_ ? "," : R"(,"components":[)";
    has_components_ = true;
    text_ += '{' + members + R"(,"parameters":[)";
  }
  void end_component() { text_ += "]}"; }

  std::size_t key_index(const std::string& key) {
    const auto found = std::ranges::find(plan_.keys_, key);
    if (found != plan_.keys_.end()) return static_cast<std::size_t>(found - plan_.keys_.begin());
    plan_.keys_.push_back(key);
    return plan_.keys_.size() - 1;
  }

  struct filling {
    std::string key;
    std::string description;
    std::string fallback = {};
    form written_as = form::text;
    std::string other_key = {};
    std::string name_key = {};
  };

  /// A slot, whose value goes where the constant text ends now.
  void add_slot(const filling& what) {
    const auto key = key_index(what.key);
    const auto index_of = [this](const std::string& name) {
      return name.empty() ? std::string::npos : key_index(name);
    };
    const auto other = index_of(what.other_key);
    plan_.slots_.push_back({std::move(text_), key, other, what.fallback, what.description,
                            what.written_as, index_of(what.name_key)});
    text_.clear();
    const bool required = what.fallback.empty() && what.other_key.empty();
    auto& keys = plan_.required_keys_;
    if (required && std::ranges::find(keys, what.key) == keys.end()) keys.push_back(what.key);
  }

  void add(std::string_view type, const json& component) {
    if (type == "HEADER") return add_header(component);
    if (type == "BODY") return add_body(component);
    const auto buttons = component.find("buttons");
    if (buttons == component.end() || !buttons->is_array())
      return refuse("Its buttons are not an array.");
    if (buttons->size() > buttons_max) return refuse("It has more than 10 buttons.");
    for (std::size_t i = 0; i < buttons->size(); ++i) add_button(i, (*buttons)[i]);
  }

  /// Text parameters of the header or body; a name is carried along where the template uses names.
  void add_texts(const std::string& component, const std::vector<std::string>& names,
                 const std::string& key_prefix) {
    if (names.empty()) return;
    begin_component(R"("type":")" + component + '"');
    for (const auto& name : names) {
      if (name != names.front()) text_ += ',';
      text_ += R"({"type":"text",)";
      if (!is_number(name)) {
        text_ += R"("parameter_name":")";
        append_json_escaped(name, text_);
        text_ += R"(",)";
      }
      text_ += R"("text":")";
      add_slot({key_prefix + name, "{{" + name + "}} of the " + component});
      text_ += R"("})";
    }
    end_component();
  }

  void add_header(const json& component) {
    const auto format = upper(text_of(component, "format"));
    if (format == "TEXT" || format.empty())
      return add_texts("header", placeholders(text_of(component, "text")), "header_");
    std::string kind;
    if (format == "IMAGE") kind = "image";
    if (format == "VIDEO") kind = "video";
    if (format == "DOCUMENT") kind = "document";
    if (kind.empty()) return refuse("Headers of format " + format + " are not supported.");
    begin_component(R"("type":"header")");
    text_ += R"({"type":")" + kind + R"(",")" + kind + R"(":{)";
    const bool is_document = kind == "document";
    add_slot({"header_media_url", "the " + kind + " in the header", source_.header_media_url,
              is_document ? form::document : form::medium, "header_media_id",
              is_document ? "header_filename" : ""});
    text_ += R"("}})";
    end_component();
  }

  void add_body(const json& component) {
    // The body of an authentication template is Meta's own and takes the code; Meta lists it with
    // or without text.
    const bool presetted =
        !component.contains("text") && component.contains("add_security_recommendation");
    add_texts("body",
              presetted ? std::vector<std::string>{"1"} : placeholders(text_of(component, "text")),
              "");
  }

  void add_button(std::size_t index, const json& button) {
    const auto type = button.is_object() ? upper(text_of(button, "type")) : std::string{};
    const auto number = std::to_string(index);
    const auto key = "button_" + number;
    const auto of_button = [&](const char* what) { return what + (" of button " + number); };
    const auto url = type == "URL" ? text_of(button, "url") : std::string{};
    if (type == "OTP" || url.starts_with(otp_link))
      return add_button_slot("url", index, R"("type":"text","text":")",
                             {key, of_button("the code"), "", form::text, "1"});
    if (type == "URL") {
      if (!placeholders(url).empty())
        add_button_slot("url", index, R"("type":"text","text":")",
                        {key, of_button("the link's {{1}}")});
    } else if (type == "QUICK_REPLY") {
      add_button_slot("quick_reply", index, R"("type":"payload","payload":")",
                      {key, of_button("the payload"), text_of(button, "text")});
    } else if (type == "COPY_CODE") {
      add_button_slot("copy_code", index, R"("type":"coupon_code","coupon_code":")",
                      {key, of_button("the code")});
    } else if (type == "FLOW") {
      add_button_slot("flow", index, R"("type":"action","action":{"flow_token":")",
                      {key, of_button("the flow token"), "unused"}, "}");
    } else if (type != "PHONE_NUMBER" && type != "VOICE_CALL" && type != "CATALOG") {
      refuse("Buttons of type " + (type.empty() ? "(none)" : type) + " are not supported.");
    }
  }

  void add_button_slot(const std::string& sub_type, std::size_t index, std::string_view opening,
                       const filling& what, std::string_view closing = "") {
    begin_component(R"("type":"button","sub_type":")" + sub_type + R"(","index":")" +
                    std::to_string(index) + '"');
    text_ += '{';
    text_ += opening;
    add_slot(what);
    text_ += '"';
    text_ += closing;
    text_ += '}';
    end_component();
  }

  const template_source& source_;
  template_plan plan_;
  std::string text_;  ///< constant JSON since the last slot
  bool has_components_ = false;
  std::string fault_;
};

result<template_plan> template_plan::compile(const template_source& source) {
  return template_compiler(source).run();
}

}  // namespace omnistream::actors
