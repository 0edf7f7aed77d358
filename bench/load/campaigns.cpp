#include "bench/load/campaigns.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval_max{200};
constexpr std::chrono::milliseconds look_interval_min{4};
/// A campaign that does not move for so long is stuck.
constexpr std::chrono::seconds stuck_after{60};

[[noreturn]] void fail(const std::string& why) {
  throw std::runtime_error("the check of this figure failed: " + why);
}

void expect(bool holds, const std::string& why) {
  if (!holds) fail(why);
}

}  // namespace

void campaign_counts::add(const nlohmann::json& campaign) {
  total += campaign.value("total_recipients", std::int64_t{0});
  sent += campaign.value("sent_count", std::int64_t{0});
  delivered += campaign.value("delivered_count", std::int64_t{0});
  read += campaign.value("read_count", std::int64_t{0});
  failed += campaign.value("failed_count", std::int64_t{0});
  uncertain += campaign.value("uncertain_count", std::int64_t{0});
  const auto status = campaign.value("status", "");
  if (status == "draft" || status == "scheduled" || status == "sending") all_ended = false;
  if (campaign.contains("pause_reason"))
    throw std::runtime_error("the campaign paused: " + campaign.value("pause_reason", ""));
}

std::string recipients_body(std::int64_t first, std::int64_t count) {
  std::string numbers, variables;
  constexpr std::size_t number_bytes = 18, variables_bytes = 64;
  numbers.reserve(static_cast<std::size_t>(count) * number_bytes);
  variables.reserve(static_cast<std::size_t>(count) * variables_bytes);
  for (auto i = first; i < first + count; ++i) {
    char text[128];
    const char* comma = i == first ? "" : ",";
    std::snprintf(text, sizeof text, "%s\"+62812%08lld\"", comma, static_cast<long long>(i));
    numbers += text;
    std::snprintf(text, sizeof text,
                  "%s\"+62812%08lld\":{\"1\":\"Customer %lld\",\"2\":\"INV-%07lld\"}", comma,
                  static_cast<long long>(i), static_cast<long long>(i), static_cast<long long>(i));
    variables += text;
  }
  return R"({"phone_numbers":[)" + numbers + R"(],"variables":{)" + variables + "}}";
}

std::string phone_number_id(int number) {
  return std::to_string(106'540'352'240'000LL + number);
}

campaign_set::campaign_set(test_bed& bed, campaign_spec spec, progress& shown)
    : bed_(bed), spec_(spec), progress_(shown) {}

std::int64_t campaign_set::share_of(int number) const {
  return spec_.recipients / spec_.numbers + (number < spec_.recipients % spec_.numbers ? 1 : 0);
}

void campaign_set::prepare() {
  std::int64_t first = 0;
  for (int number = 0; number < spec_.numbers; ++number) {
    const auto account =
        bed_.connect_number(phone_number_id(spec_.first_number + number), spec_.rate);
    const auto made = bed_.api().must("POST", "/api/campaigns",
                                      {{"name", "Load " + std::to_string(number)},
                                       {"template_id", bed_.template_id()},
                                       {"integration_account_id", account}});
    ids_.push_back(made.value("id", ""));
    for (const auto end = first + share_of(number); first < end;) {
      const auto count = std::min(recipients_per_call, end - first);
      add(ids_.back(), first, count);
      first += count;
      progress_.show("adding", first, spec_.recipients);
    }
  }
}

void campaign_set::add(const std::string& campaign, std::int64_t first, std::int64_t count) {
  auto body = recipients_body(first, count);
  const auto began = steady::now();
  const auto said =
      bed_.api().must_text("POST", "/api/campaigns/" + campaign + "/recipients", std::move(body));
  added_.push_back({count, std::chrono::duration<double>(steady::now() - began).count()});
  expect(said.value("added", std::int64_t{0}) == count, "not all recipients were added");
}

double campaign_set::rate_of_adds(std::size_t from, std::size_t to) const {
  double count = 0, seconds = 0;
  for (auto i = from; i < std::max(to, from + 1) && i < added_.size(); ++i) {
    count += static_cast<double>(added_[i].count);
    seconds += added_[i].seconds;
  }
  return seconds > 0 ? count / seconds : 0;
}

double campaign_set::added_per_s() const {
  return rate_of_adds(0, added_.size());
}

steady::time_point campaign_set::send() {
  const auto began = steady::now();
  for (const auto& id : ids_) bed_.api().must_text("POST", "/api/campaigns/" + id + "/send", "{}");
  return began;
}

campaign_counts campaign_set::counts() {
  campaign_counts sum;
  for (const auto& id : ids_) sum.add(bed_.api().must("GET", "/api/campaigns/" + id));
  return sum;
}

steady::time_point campaign_set::await(
    const std::string& doing, const std::function<std::int64_t(const campaign_counts&)>& done,
    std::int64_t target) {
  samples_.assign(1, {steady::now(), 0});
  auto grew_at = steady::now();
  while (true) {
    const auto asked_at = steady::now();
    const auto now = counts();
    const auto count = done(now);
    if (count > samples_.back().count) grew_at = asked_at;
    samples_.push_back({steady::now(), count});
    progress_.show(doing, count, target);
    if (count >= target) return samples_.back().at;
    if (asked_at - grew_at > stuck_after || (now.all_ended && now.sent + now.failed < now.total))
      throw std::runtime_error(doing + " stopped at " + std::to_string(count) + " of " +
                               std::to_string(target));
    const std::chrono::duration<double> so_far = asked_at - samples_.front().at;
    const auto left =
        count == 0 ? so_far
                   : so_far * (static_cast<double>(target - count) / static_cast<double>(count));
    sleep_for(std::clamp<std::chrono::nanoseconds>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(left / 2), look_interval_min,
        look_interval_max));
  }
}

void campaign_set::check_sent() {
  const auto now = counts();
  expect(now.total == spec_.recipients && now.sent == now.total && now.failed == 0 &&
             now.uncertain == 0,
         "of " + std::to_string(now.total) + " recipients " + std::to_string(now.sent) +
             " were sent to, " + std::to_string(now.failed) + " failed and " +
             std::to_string(now.uncertain) + " are uncertain");
  const auto seen = bed_.simulator().stats();
  expect(seen["duplicates"] == 0, "the simulator saw a message twice");
  expect(seen["accepted"] == spec_.recipients,
         "the simulator accepted " + seen["accepted"].dump() + " messages");
  expect(seen["rejected"].empty(), "the simulator rejected: " + seen["rejected"].dump());
}

std::int64_t campaign_set::cancel() {
  for (const auto& id : ids_) {
    const auto said = bed_.api().call("POST", "/api/campaigns/" + id + "/cancel", "{}");
    expect(said.ok(), "a campaign could not be cancelled: " + said.body);
  }
  std::int64_t sent = -1;
  for (auto now = counts().sent; now != sent; now = counts().sent) {
    sent = now;
    sleep_for(look_interval_max);
  }
  return sent;
}

}  // namespace omnistream::load
