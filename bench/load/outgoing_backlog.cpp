#include "bench/load/outgoing_backlog.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "bench/load/campaigns.hpp"
#include "bench/load/closed_port.hpp"
#include "bench/load/proc_stat.hpp"
#include "bench/load/subscriptions.hpp"

namespace omnistream::load {
namespace {

class backlog_run {
 public:
  backlog_run(const outgoing_backlog_options& options, progress& shown)
      : options_(options),
        progress_(shown),
        recipients_(std::max<std::int64_t>(options.events / options.subscriptions, 1)),
        bed_({.settings = outgoing_settings()}),
        campaign_(bed_, {.recipients = recipients_}, shown) {}

  figures run() {
    for (int i = 0; i < options_.subscriptions; ++i)
      ids_.push_back(subscribe(
          bed_.api(), {.url = "http://127.0.0.1:" + std::to_string(port_.number()) + hook(i),
                       .event_type = "campaign.recipient.sent",
                       .batch_max = options_.batch}));
    campaign_.prepare();
    forget_memory_peak(bed_.server().pid());
    figures told{{"events", events()}, {"subscriptions", options_.subscriptions}};
    told["piled_up_per_s"] = static_cast<double>(events()) / pile_up();
    const auto piling_mb = memory_peak_mb(bed_);
    forget_memory_peak(bed_.server().pid());
    told.update(drain());
    const auto draining_mb = memory_peak_mb(bed_);
    told["server_memory"] = {{"piling_up_mb", piling_mb},
                             {"draining_mb", draining_mb},
                             {"peak_mb", std::max(piling_mb, draining_mb)}};
    return told;
  }

 private:
  std::int64_t events() const { return recipients_ * options_.subscriptions; }

  /// The seconds it took.
  double pile_up() {
    const auto began = campaign_.send();
    const auto ended = campaign_.await(
        "piling up", [](const campaign_counts& now) { return now.sent; }, recipients_);
    campaign_.check_sent();
    return std::chrono::duration<double>(ended - began).count();
  }

  figures drain() {
    subscriber_program subscriber(bed_.folder(), port_.number());
    const auto cpu_before = read_cpu(bed_, subscriber);
    const auto began = system_now();
    // To be enabled makes it try again at once, instead of by its schedule.
    for (const auto& id : ids_)
      bed_.api().must("PATCH", "/api/outgoing-webhooks/" + id, {{"is_active", true}});
    subscriber.await("draining", events(), progress_);
    const auto cpu_after = read_cpu(bed_, subscriber);
    const auto stats = subscriber.stats();
    for (int i = 0; i < options_.subscriptions; ++i) check_arrived(stats, hook(i), recipients_);
    const double seconds = std::chrono::duration<double>(last_arrival(stats) - began).count();
    const auto count = static_cast<double>(events());
    return {{"events_per_s", count / seconds},
            {"requests_per_s", stats.value("deliveries", 0.0) / seconds},
            {"repeated", stats.at("repeated")},
            {"cpu_per_event", cpu_per_event(cpu_before, cpu_after, count)}};
  }

  const outgoing_backlog_options options_;
  progress& progress_;
  const std::int64_t recipients_;
  const closed_port port_;
  test_bed bed_;
  campaign_set campaign_;
  std::vector<std::string> ids_;
};

}  // namespace

figures outgoing_backlog(const outgoing_backlog_options& options, progress& shown) {
  return backlog_run(options, shown).run();
}

}  // namespace omnistream::load
