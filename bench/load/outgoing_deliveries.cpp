#include "bench/load/outgoing_deliveries.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/campaigns.hpp"
#include "bench/load/subscriptions.hpp"
#include "bench/load/wrk.hpp"

namespace omnistream::load {
namespace {

/// Batches that the broadcast before the measured one fills for each subscription.
constexpr std::int64_t warm_up_batches = 10;

class deliveries_run {
 public:
  deliveries_run(const outgoing_deliveries_options& options, progress& shown)
      : options_(options),
        progress_(shown),
        bed_({.settings = outgoing_settings()}),
        subscriber_(bed_.folder()) {}

  figures run() {
    for (int i = 0; i < options_.subscriptions; ++i)
      ids_.push_back(subscribe(bed_.api(), {.url = subscriber_.api().origin() + hook(i),
                                            .event_type = "campaign.recipient.sent"}));
    figures told{{"recipients", options_.recipients}, {"subscriptions", options_.subscriptions}};
    told["single"] = measure(1);
    told["batched"] = measure(options_.batch);
    return told;
  }

 private:
  std::int64_t told_of(std::int64_t recipients) const {
    return recipients * options_.subscriptions;
  }

  campaign_set broadcast_to(std::int64_t recipients) {
    campaign_set one(bed_, {.recipients = recipients, .first_number = numbers_++}, progress_);
    one.prepare();
    return one;
  }

  void forget_stats() {
    subscriber_.forget_stats();
    bed_.simulator().forget_stats();
  }

  /// Connections are open and everybody is awake afterwards. A delivery of it, as full as they get.
  known_delivery warm_up(int batch) {
    const auto recipients = std::min(options_.recipients, batch * warm_up_batches);
    forget_stats();
    broadcast_to(recipients).send();
    subscriber_.await("warming up", told_of(recipients), progress_);
    const auto got = subscriber_.api().must("GET", "/_example");
    return {got.value("id", ""), got.value("body", ""), got.value("events", std::int64_t{0})};
  }

  std::optional<double> ceiling(const known_delivery& of) {
    if (options_.ceiling_s == 0) return std::nullopt;
    return subscriber_ceiling(of, bed_.folder(), options_.ceiling_s);
  }

  figures measure(int batch) {
    for (const auto& id : ids_) take_batches(bed_.api(), id, batch);
    const auto example = warm_up(batch);
    auto campaign = broadcast_to(options_.recipients);
    const auto ceiling_before = ceiling(example);
    forget_stats();
    auto told = deliver(campaign);
    told["batch_max"] = batch;
    const auto ceiling_after = ceiling(example);
    if (!ceiling_before || !ceiling_after) return told;
    const ceiling_pair requests{*ceiling_before, *ceiling_after};
    told["ceiling"] = requests.to_figures();
    told["ceiling"]["events_per_request"] = example.events;
    told["to_ceiling"] =
        told.value("events_per_s", 0.0) / (requests.mean() * static_cast<double>(example.events));
    return told;
  }

  figures deliver(campaign_set& campaign) {
    const auto events = told_of(options_.recipients);
    const auto cpu_before = read_cpu(bed_, subscriber_);
    const auto began = system_now();
    campaign.send();
    subscriber_.await("delivering", events, progress_);
    const auto cpu_after = read_cpu(bed_, subscriber_);
    const auto stats = subscriber_.stats();
    for (int i = 0; i < options_.subscriptions; ++i)
      check_arrived(stats, hook(i), options_.recipients);
    campaign.await(
        "sending", [](const campaign_counts& now) { return now.sent; }, options_.recipients);
    campaign.check_sent();
    const double seconds = std::chrono::duration<double>(last_arrival(stats) - began).count();
    return {{"events_per_s", static_cast<double>(events) / seconds},
            {"requests_per_s", stats.value("deliveries", 0.0) / seconds},
            {"repeated", stats.at("repeated")},
            {"event_to_arrival", stats.at("arrival")},
            {"cpu_per_event", cpu_per_event(cpu_before, cpu_after, static_cast<double>(events))}};
  }

  const outgoing_deliveries_options options_;
  progress& progress_;
  test_bed bed_;
  subscriber_program subscriber_;
  std::vector<std::string> ids_;
  int numbers_ = 0;
};

}  // namespace

figures outgoing_deliveries(const outgoing_deliveries_options& options, progress& shown) {
  return deliveries_run(options, shown).run();
}

}  // namespace omnistream::load
