#include "bench/load/webhooks.hpp"

#include <numeric>
#include <optional>

#include "bench/load/broadcast.hpp"
#include "bench/load/campaigns.hpp"
#include "bench/load/open_loop.hpp"
#include "bench/load/status_webhooks.hpp"
#include "bench/load/webhook_flood.hpp"
#include "bench/load/wrk.hpp"

namespace omnistream::load {
namespace {

constexpr std::size_t statuses_per_life = 3;
constexpr std::size_t flood_connections = 8;  ///< as many as the simulator uses

std::int64_t reads(const campaign_counts& now) {
  return now.read;
}

/// The run: one bed, one campaign whose messages are used up from the first to the last.
class webhooks_run {
 public:
  webhooks_run(const webhooks_options& options, progress& shown)
      : options_(options),
        progress_(shown),
        bed_({}),
        campaigns_(bed_, {.recipients = needed()}, shown) {}

  figures run() {
    campaigns_.prepare();
    campaigns_.send();
    campaigns_.await(
        "sending", [](const campaign_counts& now) { return now.sent; }, needed());
    campaigns_.check_sent();
    messages_ = read_messages(bed_.api(), campaigns_.ids().front());
    const auto before = ceiling();
    figures told = run_flood();
    for (const int rate : options_.rates) {
      auto at_rate = run_offered(rate);
      const bool overloaded = at_rate.contains("overloaded");
      told["offered"][std::to_string(rate)] = std::move(at_rate);
      if (overloaded) break;  // what was refused is missing in the counters, so nothing adds up now
    }
    const auto after = ceiling();
    if (before && after) {
      const ceiling_pair both{*before, *after};
      told["health_ceiling"] = both.to_figures();
      told["stored_to_health_ceiling"] = told.value("stored_per_s", 0.0) / both.mean();
    }
    return told;
  }

 private:
  std::size_t messages_for(int rate) const {
    return static_cast<std::size_t>(rate) * static_cast<std::size_t>(options_.seconds) /
               statuses_per_life +
           1;
  }

  std::int64_t needed() const {
    return std::accumulate(options_.rates.begin(), options_.rates.end(), options_.recipients,
                           [this](std::int64_t sum, int rate) {
                             return sum + static_cast<std::int64_t>(messages_for(rate));
                           });
  }

  std::optional<double> ceiling() {
    if (options_.ceiling_s == 0) return std::nullopt;
    return health_ceiling(bed_.api().origin(), bed_.folder(), options_.ceiling_s);
  }

  std::vector<signed_webhook> next_webhooks(std::size_t messages, int batch) {
    auto made = make_webhooks(messages_, life_of(used_, messages), static_cast<std::size_t>(batch));
    used_ += messages;
    return made;
  }

  /// Stored is what was answered 200; applied is what the campaign's counters show.
  double await_applied(steady::time_point since) {
    const auto at = campaigns_.await("applying", reads, static_cast<std::int64_t>(used_));
    return std::chrono::duration<double>(at - since).count();
  }

  figures run_flood() {
    const auto webhooks =
        next_webhooks(static_cast<std::size_t>(options_.recipients), options_.batch);
    const auto statuses = static_cast<double>(options_.recipients) * statuses_per_life;
    const auto cpu_before = bed_.cpu();
    const auto began = steady::now();
    const auto stored = flood(bed_.api(), webhooks, flood_connections, progress_);
    const auto applied_s = await_applied(began);
    const auto cpu_after = bed_.cpu();
    return {{"statuses", statuses},
            {"batch", options_.batch},
            {"stored_per_s", statuses / stored.seconds},
            {"applied_per_s", statuses / applied_s},
            {"webhooks_refused_and_repeated", stored.repeated},
            {"webhook", stored.times.to_json()},
            {"cpu_per_status", cpu_per_message(cpu_before, cpu_after, statuses)}};
  }

  /// The latencies at a rate; no latencies if not all were taken.
  figures run_offered(int rate) {
    auto webhooks = next_webhooks(messages_for(rate), 1);
    const auto count = webhooks.size();
    progress_.show("offering " + std::to_string(rate) + "/s", 0, 1);
    const auto began = steady::now();
    open_loop loop(
        bed_.api(), rate, 1,
        [this, &webhooks](std::uint64_t n) {
          planned_request planned{
              0, bed_.api().request("POST", "/webhook", std::move(webhooks[n].body))};
          planned.what.headers = std::move(webhooks[n].headers);
          return planned;
        },
        count);
    auto of = std::move(loop.run_to_end().front());
    if (!of.others.empty()) return {{"overloaded", true}, {"answered", of.times.count()}};
    await_applied(began);
    return of.times.to_json();
  }

  const webhooks_options options_;
  progress& progress_;
  test_bed bed_;
  campaign_set campaigns_;
  std::vector<known_message> messages_;
  std::size_t used_ = 0;
};

}  // namespace

figures webhooks(const webhooks_options& options, progress& shown) {
  return webhooks_run(options, shown).run();
}

}  // namespace omnistream::load
