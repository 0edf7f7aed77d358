#include "bench/graph_simulator/control_endpoints.hpp"

#include <charconv>

#include "bench/graph_simulator/json_checks.hpp"
#include "bench/graph_simulator/template_endpoints.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t control_depth_max = 16;
constexpr std::size_t listed_messages_max = 1'000;

// The body as a JSON object with string fields `required`; otherwise a sentence.
std::optional<std::string> read_body(const call& what, std::initializer_list<const char*> required,
                                     json& body) {
  if (nesting_depth(what.http.body) > control_depth_max) return "The body is nested too deeply.";
  body = json::parse(what.http.body, nullptr, false);
  if (!body.is_object()) return "The body must be a JSON object.";
  for (const char* key : required)
    if (!body.contains(key) || !body[key].is_string() ||
        body[key].get_ref<const std::string&>().empty())
      return std::string(key) + " must be a non-empty string.";
  return {};
}

}  // namespace

ordered_json describe_stats(world& state) {
  const auto figures = state.sink->figures();
  ordered_json stats;
  stats["accepted"] = state.counts.accepted;
  stats["distinct"] = state.callbacks.size();
  stats["duplicates"] = state.counts.duplicates;
  stats["rejected"] = ordered_json::object();
  for (const auto& [code, count] : state.counts.rejected)
    stats["rejected"][std::to_string(code)] = count;
  stats["max_in_1s"] = ordered_json::object();
  for (const auto& [id, number] : state.numbers.all())
    if (number.window.highest() > 0) stats["max_in_1s"][id] = number.window.highest();
  stats["numbers"] = ordered_json::object();
  for (const auto& [id, number] : state.numbers.all())
    if (number.window.accepted() > 0)
      stats["numbers"][id] = {{"accepted", number.window.accepted()},
                              {"span_ms", number.window.span().count() / 1'000},
                              {"min_in_1s", number.window.lowest()}};
  stats["webhooks"] = {{"posted", figures.webhooks.posted},
                       {"acknowledged", figures.webhooks.acknowledged},
                       {"repeated", figures.webhooks.repeated},
                       {"pending", figures.pending},
                       {"dropped", figures.dropped}};
  stats["statuses"] = ordered_json::object();
  for (std::size_t i = 0; i < figures.statuses.size(); ++i)
    stats["statuses"][std::string(to_string(static_cast<message_status>(i)))] = figures.statuses[i];
  stats["statuses"]["duplicates"] = figures.duplicates;
  stats["resets"] = {{"before", state.counts.resets_before}, {"after", state.counts.resets_after}};
  stats["read_receipts"] = state.counts.read_receipts;
  stats["distinct_is_full"] = state.callbacks.size() >= callback_set::size_max;
  return stats;
}

reply get_stats(world& state, call&) {
  return json_reply(describe_stats(state));
}

reply reset_stats(world& state, call&) {
  state.counts = {};
  state.callbacks.clear();
  state.recorded.clear();
  for (auto& [id, number] : state.numbers.all()) number.window.reset_figures();
  state.sink->reset_counts();
  return raw_reply(R"({"success":true})");
}

reply add_fault(world& state, call& what) {
  json body;
  if (auto wrong = read_body(what, {}, body)) return complaint_reply(*wrong);
  if (auto wrong = state.faults.add(body)) return complaint_reply(*wrong);
  return list_faults(state, what);
}

reply list_faults(world& state, call&) {
  ordered_json answer;
  answer["faults"] = state.faults.to_json();
  return json_reply(answer);
}

reply clear_faults(world& state, call& what) {
  state.faults.clear();
  return list_faults(state, what);
}

reply list_messages(world& state, call& what) {
  std::size_t limit = 100;
  if (const auto* text = what.parameter("limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size() || limit < 1 ||
        limit > listed_messages_max)
      return complaint_reply("limit must be a number from 1 to 1000.");
  }
  const auto* callback = what.parameter("callback");
  const auto* number = what.parameter("phone_number_id");
  std::string list;
  for (auto each = state.recorded.rbegin(); each != state.recorded.rend() && limit > 0; ++each) {
    if ((callback && each->callback != *callback) || (number && each->phone_number_id != *number))
      continue;
    --limit;
    list += list.empty() ? R"({"index":)" : R"(,{"index":)";
    list += std::to_string(each->index) + R"(,"id":)";
    append_json_string(list, each->wamid);
    list += R"(,"phone_number_id":)";
    append_json_string(list, each->phone_number_id);
    // The body passed the validation, so it is JSON.
    list += R"(,"body":)" + each->body + "}";
  }
  return raw_reply(R"({"messages":[)" + list + "]}");
}

reply bind_account(world& state, call& what) {
  json body;
  if (auto wrong = read_body(what, {"phone_number_id", "waba_id"}, body))
    return complaint_reply(*wrong);
  state.numbers.bind(body["phone_number_id"].get<std::string>(),
                     body["waba_id"].get<std::string>());
  return raw_reply(R"({"success":true})");
}

reply set_template_status(world& state, call& what) {
  json body;
  if (auto wrong = read_body(what, {"waba_id", "name", "status"}, body))
    return complaint_reply(*wrong);
  const auto status = template_status_of(body["status"].get<std::string>());
  if (!status)
    return complaint_reply("status must be PENDING, APPROVED, REJECTED, PAUSED or DISABLED.");
  std::string language;
  if (body.contains("language")) {
    if (!body["language"].is_string()) return complaint_reply("language must be a string.");
    language = body["language"];
  }
  const std::string waba = body["waba_id"];
  const auto events =
      state.templates.set_status(waba, body["name"].get<std::string>(), language, *status);
  if (events.empty()) return complaint_reply("The WABA has no template of that name and language.");
  tell_template_events(state, events);
  return raw_reply(R"({"success":true})");
}

reply set_health(world& state, call& what) {
  json body;
  if (auto wrong = read_body(what, {"id", "can_send_message"}, body))
    return complaint_reply(*wrong);
  const std::string status = body["can_send_message"];
  if (status != "AVAILABLE" && status != "LIMITED" && status != "BLOCKED")
    return complaint_reply("can_send_message must be AVAILABLE, LIMITED or BLOCKED.");
  if (state.health.size() >= world::health_max) state.health.clear();
  state.health[body["id"].get<std::string>()] = status;
  return raw_reply(R"({"success":true})");
}

}  // namespace graph_simulator
