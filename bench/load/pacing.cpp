#include "bench/load/pacing.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "bench/load/broadcast.hpp"
#include "bench/load/campaigns.hpp"

namespace omnistream::load {
namespace {

constexpr const char* rate_refusal = "130429";

}  // namespace

figures use_of_rate(const nlohmann::json& simulator_stats, int rate) {
  const auto& numbers = simulator_stats.at("numbers");
  double used_min = std::numeric_limits<double>::infinity(), used_sum = 0;
  std::int64_t fullest = 0, emptiest = std::numeric_limits<std::int64_t>::max();
  for (const auto& [id, seen] : numbers.items()) {
    constexpr double ms_per_s = 1'000;
    const double span_s = seen.value("span_ms", 0.0) / ms_per_s;
    // n messages have n - 1 intervals between them.
    const double used = span_s > 0 ? (seen.value("accepted", 0.0) - 1) / span_s / rate : 0;
    used_min = std::min(used_min, used);
    used_sum += used;
    emptiest = std::min(emptiest, seen.value("min_in_1s", std::int64_t{0}));
    fullest = std::max(fullest, simulator_stats.at("max_in_1s").value(id, std::int64_t{0}));
  }
  if (numbers.empty()) throw std::runtime_error("the simulator saw no message");
  const auto& rejected = simulator_stats.at("rejected");
  return {{"used_share_worst_number", used_min},
          {"used_share_mean", used_sum / static_cast<double>(numbers.size())},
          {"fullest_sliding_second", fullest},
          {"emptiest_sliding_second", emptiest},
          {"rejected_130429", rejected.value(rate_refusal, std::int64_t{0})}};
}

figures pacing(const pacing_options& options, progress& shown) {
  const std::int64_t recipients = std::int64_t{options.numbers} * options.rate * options.seconds;
  test_bed bed({.rate = std::to_string(options.rate)});
  campaign_set campaigns(bed, {recipients, options.numbers, options.rate}, shown);
  campaigns.prepare();
  const auto before = bed.cpu();
  campaigns.send();
  campaigns.await(
      "pacing", [](const campaign_counts& now) { return now.sent + now.failed; }, recipients);
  const auto after = bed.cpu();
  const auto seen = bed.simulator().stats();
  if (seen["duplicates"] != 0 || seen["accepted"] != recipients)
    throw std::runtime_error("the simulator did not see every message once: " + seen.dump());
  figures told{{"numbers", options.numbers}, {"rate", options.rate}, {"seconds", options.seconds}};
  told.update(use_of_rate(seen, options.rate));
  told["cpu_per_message"] = cpu_per_message(before, after, static_cast<double>(recipients));
  return told;
}

}  // namespace omnistream::load
