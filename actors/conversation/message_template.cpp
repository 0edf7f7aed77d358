#include "actors/conversation/message_template.hpp"

#include <utility>

namespace omnistream::actors {
namespace {

using nlohmann::json;

/// The parameters of the body among Meta's components; an empty array if there are none.
json body_parameters(const json& components) {
  for (const auto& one : components) {
    if (!one.is_object() || !one.contains("type") || !one["type"].is_string()) continue;
    const auto& type = one["type"].get_ref<const std::string&>();
    if ((type == "body" || type == "BODY") && one.contains("parameters") &&
        one["parameters"].is_array())
      return one["parameters"];
  }
  return json::array();
}

/// The text for {{name}} or {{1}}; nothing if it is not given as a text.
std::optional<std::string> value_of(const json& parameters, std::string_view name) {
  std::string number;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& one = parameters[i];
    number = std::to_string(i + 1);
    if (!one.is_object()) continue;
    const auto named = one.find("parameter_name");
    const bool is_it = named != one.end() && named->is_string()
                           ? named->get_ref<const std::string&>() == name
                           : number == name;
    const auto text = one.find("text");
    if (is_it && text != one.end() && text->is_string()) return text->get<std::string>();
  }
  return std::nullopt;
}

std::string filled_text(std::string_view text, const json& parameters) {
  std::string filled;
  while (true) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return filled += text;
    filled += text.substr(0, open);
    const auto whole = text.substr(open, close + 2 - open);
    filled += value_of(parameters, whole.substr(2, whole.size() - 4)).value_or(std::string(whole));
    text.remove_prefix(close + 2);
  }
}

std::string body_text(const std::string& components_json) {
  const auto components = json::parse(components_json, nullptr, false);
  if (!components.is_array()) return {};
  for (const auto& one : components)
    if (one.is_object() && one.value("type", json()) == "BODY" && one.contains("text") &&
        one["text"].is_string())
      return one["text"].get<std::string>();
  return {};
}

/// Meta's `template` with these variables.
result<json> from_variables(const template_source& source, const json& variables) {
  auto plan = template_plan::compile(source);
  if (!plan) return plan.error();
  // Whom it goes to and its id are of no account: only the template is taken.
  const auto text = variables.dump();
  const auto message = plan->render({"", "+6280000000", text});
  if (!message.ok())
    return problems::invalid_field("template.variables", "template_mismatch", message.error);
  return json::parse(message.body).at("template");
}

}  // namespace

result<filled_template> fill_template(const template_source& source, const json& with) {
  filled_template filled;
  if (with.is_array()) {
    filled.object = {{"name", source.name}, {"language", {{"code", source.language}}}};
    if (!with.empty()) filled.object["components"] = with;
  } else {
    auto made = from_variables(source, with);
    if (!made) return made.error();
    filled.object = std::move(made).value();
  }
  const auto components = filled.object.find("components");
  filled.text =
      filled_text(body_text(source.components_json),
                  body_parameters(components == filled.object.end() ? json::array() : *components));
  return filled;
}

}  // namespace omnistream::actors
