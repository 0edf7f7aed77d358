#include "bench/load/bounds.hpp"

#include <algorithm>

#include "bench/load/result_table.hpp"

namespace omnistream::load {
namespace {

constexpr auto at_least = bound_rule::direction::at_least;
constexpr auto at_most = bound_rule::direction::at_most;

figures value_of(const figures& run, const bound_rule& rule) {
  const figures::json_pointer at(std::string("/figures/") + rule.step + rule.value);
  return run.contains(at) ? run.at(at) : figures();
}

const bound_rule* rule_named(const std::string& name) {
  const auto& rules = all_bounds();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&name](const auto& one) { return one.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<bound_rule>& all_bounds() {
  static const std::vector<bound_rule> rules{
      {"broadcast sent and recorded, to the wrk ceiling of the simulator", "broadcast",
       "/sent_to_ceiling", at_least, 0.5, "ratio"},
      {"broadcast sent and recorded, to the same (first goal)", "broadcast", "/sent_to_ceiling",
       at_least, 0.25, "ratio"},
      {"whole life (sent, delivered, read) recorded, to the same", "whole_life", "/read_to_ceiling",
       at_least, 0.2, "ratio"},
      {"messages/s of the largest broadcast, to that of 20,000", "growth", "/large_to_small",
       at_least, 0.9, "ratio"},
      {"statuses stored before the 200 in batches of 100, to the wrk ceiling of /health",
       "webhooks", "/stored_to_health_ceiling", at_least, 0.5, "ratio"},
      {"webhook p50 at 3,300 statuses/s, one per request", "webhooks", "/offered/3300/p50_ms",
       at_most, 10, "ms"},
      {"webhook p99 at 3,300 statuses/s, one per request", "webhooks", "/offered/3300/p99_ms",
       at_most, 100, "ms"},
      {"granted rate used, worst of 10 numbers x 80/s", "pacing_10x80", "/used_share_worst_number",
       at_least, 0.99, "share"},
      {"refusals 130429, 10 numbers x 80/s", "pacing_10x80", "/rejected_130429", at_most, 0,
       "messages"},
      {"granted rate used, one number x 1,000/s", "pacing_1x1000", "/used_share_worst_number",
       at_least, 0.99, "share"},
      {"refusals 130429, one number x 1,000/s", "pacing_1x1000", "/rejected_130429", at_most, 0,
       "messages"},
      {"granted rate used, worst of 10 numbers x 1,000/s", "pacing_10x1000",
       "/used_share_worst_number", at_least, 0.99, "share"},
      {"refusals 130429, 10 numbers x 1,000/s", "pacing_10x1000", "/rejected_130429", at_most, 0,
       "messages"},
      {"campaign page p99 during an unlimited broadcast", "dashboard",
       "/during_broadcast/campaign_page/p99_ms", at_most, 50, "ms"},
      {"campaign list p99 during an unlimited broadcast", "dashboard",
       "/during_broadcast/campaign_list/p99_ms", at_most, 50, "ms"},
      {"campaign page p99 at the size of `recipients`", "recipients", "/reads/campaign_page/p99_ms",
       at_most, 50, "ms"},
      {"recipient page p99 at the size of `recipients`, first, middle, last", "recipients",
       "/any_page_p99_ms", at_most, 150, "ms"},
      {"recipient page filtered by status, slowest, at the size of `recipients`", "recipients",
       "/any_filtered_page_max_ms", at_most, 150, "ms"},
      {"campaign page p99 with 10,000,000 recipients", "recipients_10m",
       "/reads/campaign_page/p99_ms", at_most, 50, "ms"},
      {"recipient page p99 with 10,000,000 recipients, first, middle, last", "recipients_10m",
       "/any_page_p99_ms", at_most, 150, "ms"},
      {"recipient page filtered by status, slowest, with 10,000,000 recipients", "recipients_10m",
       "/any_filtered_page_max_ms", at_most, 150, "ms"},
      {"resident memory of the server while sending at 1,000/s", "steady", "/server_memory/peak_mb",
       at_most, 60, "MB"},
      {"resident memory of the server during the largest unlimited broadcast", "broadcast_large",
       "/server_memory/peak_mb", at_most, 100, "MB"},
      {"start to /ready after kill -9", "restart", "/after_kill/ready_s", at_most, 0.5, "s"},
      {"start to the first message after kill -9", "restart", "/after_kill/first_message_s",
       at_most, 2, "s"},
      {"start to /ready after a clean stop", "restart", "/after_clean_stop/ready_s", at_most, 0.5,
       "s"},
      {"start to the first message after a clean stop", "restart",
       "/after_clean_stop/first_message_s", at_most, 2, "s"},
      {"outgoing deliveries of one event, to the wrk ceiling of the subscriber",
       "outgoing_deliveries", "/single/to_ceiling", at_least, 0.4, "ratio"},
      {"outgoing p99 from event to arrival, 1,000 events/s, a fifth of the subscribers dead or "
       "slow",
       "outgoing_crowd", "/healthy/p99_ms", at_most, 1'000, "ms"},
      {"resident memory of the server while outgoing events pile up and drain", "outgoing_backlog",
       "/server_memory/peak_mb", at_most, 100, "MB"},
      {"live p99 from a message's webhook to each of 200 streams, 500 messages/s", "live",
       "/event/p99_ms", at_most, 200, "ms"},
      {"conversation list p99, slowest filter and page", "inbox", "/slowest_p99_ms", at_most, 50,
       "ms"},
  };
  return rules;
}

figures judge(const figures& run, const std::vector<bound_rule>& rules) {
  figures judged = figures::array();
  for (const auto& rule : rules) {
    const bool ran = run.at("figures").contains(rule.step);
    const bool failed = run.at("errors").contains(rule.step);
    if (!ran && !failed) continue;
    const auto value = value_of(run, rule);
    const bool holds =
        value.is_number() && (rule.side == at_least ? value.get<double>() >= rule.bound
                                                    : value.get<double>() <= rule.bound);
    judged.push_back({{"name", rule.name},
                      {"value", value},
                      {"bound", rule.bound},
                      {"unit", rule.unit},
                      {"holds", holds}});
  }
  return judged;
}

std::vector<std::vector<std::string>> bound_rows(const figures& judged) {
  std::vector<std::vector<std::string>> rows{{"figure", "value", "bound", "holds"}};
  for (const auto& one : judged) {
    const auto name = one.value("name", "");
    const auto unit = one.value("unit", "");
    const auto* rule = rule_named(name);
    const std::string sign = rule != nullptr && rule->side == at_least ? "≥ " : "≤ ";
    const auto& value = one.at("value");
    rows.push_back({name, value.is_number() ? readable(value.get<double>()) + " " + unit : "failed",
                    sign + readable(one.value("bound", 0.0)) + " " + unit,
                    one.value("holds", false) ? "yes" : "NO"});
  }
  return rows;
}

}  // namespace omnistream::load
