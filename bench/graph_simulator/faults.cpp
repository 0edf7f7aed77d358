#include "bench/graph_simulator/faults.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;

constexpr std::int64_t latency_ms_max = 600'000;
constexpr std::array<std::pair<fault_kind, std::string_view>, 6> kinds{
    {{fault_kind::latency, "latency"},
     {fault_kind::error, "error"},
     {fault_kind::http_500, "http_500"},
     {fault_kind::reset_before, "reset_before"},
     {fault_kind::reset_after, "reset_after"},
     {fault_kind::expire_token, "expire_token"}}};

using complaint = std::optional<std::string>;

complaint read_integer(const json& from, const char* key, std::int64_t low, std::int64_t high,
                       std::optional<std::int64_t>& place) {
  const auto at = from.find(key);
  if (at == from.end()) return {};
  const bool fits =
      at->is_number_integer() &&
      (!at->is_number_unsigned() || at->get<std::uint64_t>() <= static_cast<std::uint64_t>(high));
  if (!fits || at->get<std::int64_t>() < low || at->get<std::int64_t>() > high)
    return std::string(key) + " must be an integer from " + std::to_string(low) + " to " +
           std::to_string(high) + ".";
  place = at->get<std::int64_t>();
  return {};
}

complaint read_choice(const json& from, const char* key, std::string_view off, std::string_view on,
                      bool& place) {
  const auto at = from.find(key);
  if (at == from.end()) return {};
  if (*at != off && *at != on)
    return std::string(key) + " must be \"" + std::string(off) + "\" or \"" + std::string(on) +
           "\".";
  place = *at == on;
  return {};
}

complaint read_kind(const json& from, fault& made) {
  const auto at = from.find("kind");
  if (at != from.end() && at->is_string()) {
    const auto known = std::ranges::find(kinds, at->get<std::string>(),
                                         &std::pair<fault_kind, std::string_view>::second);
    if (known != kinds.end()) {
      made.kind = known->first;
      return {};
    }
  }
  return "kind must be latency, error, http_500, reset_before, reset_after or expire_token.";
}

complaint read_numbers(const json& from, fault& made) {
  if (const auto share = from.find("share"); share != from.end()) {
    if (!share->is_number() || !(share->get<double>() > 0 && share->get<double>() <= 1))
      return "share must be a number above 0 and up to 1.";
    made.share = share->get<double>();
  }
  std::optional<std::int64_t> code;
  std::optional<std::int64_t> subcode;
  std::optional<std::int64_t> ms;
  std::optional<std::int64_t> count;
  if (auto wrong = read_integer(from, "code", 0, 999'999, code)) return wrong;
  if (auto wrong = read_integer(from, "subcode", 1, 99'999'999, subcode)) return wrong;
  if (auto wrong = read_integer(from, "ms", 0, latency_ms_max, ms)) return wrong;
  if (auto wrong = read_integer(from, "count", 1, 1'000'000'000, count)) return wrong;
  if (made.kind == fault_kind::error && !code)
    return "An error fault needs code, for example 131000.";
  if (made.kind == fault_kind::latency && !ms) return "A latency fault needs ms, for example 500.";
  made.code = static_cast<int>(code.value_or(0));
  made.subcode = static_cast<int>(subcode.value_or(0));
  made.ms = ms.value_or(0);
  if (count) made.count = static_cast<std::uint64_t>(*count);
  return {};
}

std::string_view name_of(fault_kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<fault_kind, std::string_view>::first)->second;
}

}  // namespace

std::optional<std::string> fault_table::add(const json& description) {
  static constexpr std::array<std::string_view, 8> allowed{"kind", "share", "code",  "subcode",
                                                           "ms",   "count", "scope", "via"};
  if (!description.is_object()) return "The body must be a JSON object with at least a kind.";
  for (auto member = description.begin(); member != description.end(); ++member)
    if (std::ranges::find(allowed, std::string_view(member.key())) == allowed.end())
      return "Unknown field " + member.key() + ".";
  if (faults_.size() >= faults_max)
    return "There are 100 faults already; DELETE /_sim/faults first.";
  fault made;
  if (auto wrong = read_kind(description, made)) return wrong;
  if (auto wrong = read_numbers(description, made)) return wrong;
  // A token that has expired is expired for every call.
  made.all_calls = made.kind == fault_kind::expire_token;
  if (auto wrong = read_choice(description, "scope", "messages", "all", made.all_calls))
    return wrong;
  if (auto wrong = read_choice(description, "via", "reply", "webhook", made.by_webhook))
    return wrong;
  made.id = ++last_id_;
  faults_.push_back(made);
  return {};
}

fate fault_table::decide(bool is_message) {
  fate result;
  for (auto& each : faults_) {
    if (!is_message && !each.all_calls) continue;
    if (result.what && each.kind != fault_kind::latency) continue;
    const bool hit = draw_share(seed_, each.calls++, each.id) < each.share;
    if (!hit || (each.count && *each.count == 0)) continue;
    if (each.count) --*each.count;
    ++each.hits;
    if (each.kind == fault_kind::latency) {
      result.latency_ms += each.ms;
      continue;
    }
    result.what = each.kind;
    result.code = each.code;
    result.subcode = each.subcode;
    result.by_webhook = each.by_webhook;
  }
  std::erase_if(faults_, [](const fault& each) { return each.count && *each.count == 0; });
  return result;
}

nlohmann::ordered_json fault_table::to_json() const {
  auto list = nlohmann::ordered_json::array();
  for (const auto& each : faults_) {
    nlohmann::ordered_json entry{
        {"id", each.id}, {"kind", name_of(each.kind)}, {"share", each.share}};
    if (each.kind == fault_kind::error) entry["code"] = each.code;
    if (each.kind == fault_kind::latency) entry["ms"] = each.ms;
    if (each.count) entry["count"] = *each.count;
    entry["scope"] = each.all_calls ? "all" : "messages";
    if (each.by_webhook) entry["via"] = "webhook";
    entry["hits"] = each.hits;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace graph_simulator
