#include "bench/graph_simulator/template_endpoints.hpp"

#include <algorithm>

#include "bench/graph_simulator/json_checks.hpp"
#include "bench/graph_simulator/message_validation.hpp"
#include "bench/graph_simulator/paging.hpp"

namespace graph_simulator {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view node_type = "WhatsAppMessageTemplate";

std::string_view reason_of(template_status status) {
  return status == template_status::rejected ? "INVALID_FORMAT" : "NONE";
}

std::vector<std::string> default_fields() {
  return {"name", "parameter_format", "components", "language", "status", "category"};
}

bool passes_filters(const call& what, const message_template& definition, template_status status) {
  const auto differs = [&](const char* name, std::string_view value) {
    const auto* wanted = what.parameter(name);
    return wanted && *wanted != value;
  };
  if (differs("name", definition.name) || differs("language", definition.language) ||
      differs("category", to_string(definition.category)) || differs("status", to_string(status)))
    return false;
  const auto* part = what.parameter("name_or_content");
  return !part || definition.name.find(*part) != std::string::npos ||
         definition.body.text.find(*part) != std::string::npos;
}

}  // namespace

ordered_json describe_template(const stored_template& stored) {
  const auto& definition = *stored.definition;
  return {{"name", definition.name},
          {"parameter_format", definition.named_parameters ? "NAMED" : "POSITIONAL"},
          {"components", definition.components},
          {"language", definition.language},
          {"status", to_string(stored.status)},
          {"category", to_string(definition.category)},
          {"sub_category", "CUSTOM"},
          {"rejected_reason", reason_of(stored.status)},
          {"quality_score", {{"score", "UNKNOWN"}}},
          {"id", std::to_string(definition.id)}};
}

reply list_templates(world& state, call& what) {
  state.numbers.note_waba(what.node);
  auto wanted = read_fields(what);
  if (wanted.empty()) wanted = default_fields();
  std::vector<listed_object> objects;
  for (const auto* stored : state.templates.list(what.node)) {
    if (!passes_filters(what, *stored->definition, stored->status)) continue;
    ordered_json picked;
    if (auto wrong = pick_fields(describe_template(*stored), wanted, node_type, picked))
      return error_reply(state, *wrong);
    objects.emplace_back(std::to_string(stored->definition->id), std::move(picked));
  }
  return page_reply(state, what, std::move(objects));
}

reply create_template(world& state, call& what) {
  state.numbers.note_waba(what.node);
  if (nesting_depth(what.http.body) > nesting_depth_max)
    return error_reply(state, errors::invalid("The body is nested too deeply."));
  const auto definition = nlohmann::json::parse(what.http.body, nullptr, false);
  if (definition.is_discarded())
    return error_reply(state, errors::invalid("The body is not valid JSON."));
  message_template made;
  if (auto wrong = parse_template_definition(definition, made)) return error_reply(state, *wrong);
  const stored_template* stored = nullptr;
  if (auto wrong = state.templates.create(what.node, std::move(made), what.now, &stored))
    return error_reply(state, *wrong);
  return json_reply(ordered_json{{"id", std::to_string(stored->definition->id)},
                                 {"status", to_string(stored->status)},
                                 {"category", to_string(stored->definition->category)}});
}

reply delete_template(world& state, call& what) {
  const auto* name = what.parameter("name");
  if (!name) return error_reply(state, errors::required("name"));
  if (!state.templates.remove(what.node, *name))
    return error_reply(state, {100, 2593002, "Message Template Not Found"});
  return raw_reply(R"({"success":true})");
}

void tell_template_events(world& state, const std::vector<template_event>& events) {
  for (const auto& event : events) {
    const ordered_json change{{"value",
                               {{"event", to_string(event.status)},
                                {"message_template_id", event.definition->id},
                                {"message_template_name", event.definition->name},
                                {"message_template_language", event.definition->language},
                                {"reason", reason_of(event.status)}}},
                              {"field", "message_template_status_update"}};
    state.sink->tell({event.waba_id, change.dump(-1, ' ', true)});
  }
}

}  // namespace graph_simulator
