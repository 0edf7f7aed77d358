#include "bench/load/inbox_plan.hpp"

#include <algorithm>
#include <utility>

namespace omnistream::load {
namespace {

/// There are so many of what there is little of.
constexpr std::int64_t few = 50;

using texts = std::vector<std::string>;

std::string joined(const std::vector<std::pair<const char*, std::string>>& parts, bool values) {
  std::string text;
  for (const auto& [name, value] : parts) {
    if (value.empty()) continue;
    text += (text.empty() ? "" : ", ") + std::string(name) + (values ? " " + value : "");
  }
  return text;
}

std::vector<std::pair<const char*, std::string>> parts_of(const list_filter& filter) {
  return {{"status", filter.status},
          {"channel", filter.channel},
          {"agent", filter.agent},
          {"division", filter.division},
          {"tag", filter.tag}};
}

bool is_seen_by_busy(const planned_conversation& one) {
  return one.agent == "busy" ||
         (one.agent.empty() &&
          (one.division.empty() || one.division == "sales" || one.division == "events"));
}

}  // namespace

/// A multiple of ten, so that it says nothing of the last digit.
inbox_plan::inbox_plan(std::int64_t conversations)
    : few_step_(std::max<std::int64_t>(conversations / few / 10 * 10, 10)) {
  for (std::int64_t n = 0; n < conversations; ++n) ++tally_[at(n)];
}

/// The last digits say it, so that all kinds are spread over time. What agents do takes longest:
/// they do it to every eighth.
planned_conversation inbox_plan::at(std::int64_t n) const {
  const auto digit = n % 10;
  const auto turn = n % few_step_;
  planned_conversation one{"whatsapp", digit < 6 ? "sales" : "", "", "", "open"};
  if (digit >= 6 && digit < 9) one.channel = "messenger", one.division = "support";
  if (turn == 8) one.channel = "instagram", one.division = "events";
  if (digit == 0 || turn == 7) one.agent = "busy", one.tag = "often";
  if (turn == 2) one.agent = "calm";
  if (turn == 1) one.tag = "rare";
  if (n % 100 == 3) one.status = "pending";
  if (n % 100 == 4 || n % 20 == 10) one.status = "resolved";
  return one;
}

std::string list_filter::kind() const {
  const auto text = joined(parts_of(*this), false);
  return text.empty() ? "none" : text;
}

std::string list_filter::name() const {
  const auto text = joined(parts_of(*this), true);
  return (text.empty() ? "all" : text) + (as_agent ? " (as an agent)" : "");
}

bool list_filter::fits(const planned_conversation& one) const {
  const auto is = [](const std::string& wanted, const std::string& found) {
    return wanted.empty() || wanted == found;
  };
  return is(status, one.status) && is(channel, one.channel) &&
         is(agent, one.agent.empty() ? "nobody" : one.agent) && is(division, one.division) &&
         is(tag, one.tag) && (!as_agent || is_seen_by_busy(one));
}

std::int64_t listed_of(const inbox_plan& plan, const list_filter& filter) {
  std::int64_t count = 0;
  for (const auto& [one, how_many] : plan.tally())
    if (filter.fits(one)) count += how_many;
  return std::min(count, listed_max);
}

std::vector<list_filter> all_filters() {
  std::vector<list_filter> all;
  for (const bool as_agent : {false, true}) {
    for (const auto& status : texts{"pending", "resolved", "expired"})
      all.push_back({.status = status, .as_agent = as_agent});
    for (const auto& channel : texts{"messenger", "instagram", "email"})
      all.push_back({.channel = channel, .as_agent = as_agent});
    for (const auto& status : texts{"", "open"})
      for (const auto& channel : texts{"", "whatsapp"})
        for (const auto& agent : texts{"", "busy", "calm", "nobody"})
          for (const auto& division : texts{"", "sales", "support", "events"})
            for (const auto& tag : texts{"", "often", "rare"})
              all.push_back({status, channel, agent, division, tag, as_agent});
  }
  return all;
}

std::int64_t list_page::shown_of(std::int64_t listed) const {
  return std::clamp<std::int64_t>(listed - (page - 1) * per_page, 0, per_page);
}

std::vector<list_page> pages_of(std::int64_t listed) {
  constexpr std::int64_t usual = 20, most = 100;
  const auto pages = (listed + usual - 1) / usual;
  std::vector<list_page> all{{"first", 1, usual}};
  if (pages > 2) all.push_back({"middle", (pages + 1) / 2, usual});
  if (pages > 1) all.push_back({"last", pages, usual});
  if (listed > most) all.push_back({"last of 100", (listed + most - 1) / most, most});
  return all;
}

}  // namespace omnistream::load
