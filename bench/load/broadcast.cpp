#include "bench/load/broadcast.hpp"

#include <algorithm>

#include "bench/load/open_loop.hpp"
#include "bench/load/proc_stat.hpp"

namespace omnistream::load {
namespace {

constexpr double us_per_s = 1e6;
constexpr double kib_per_mb = 1024;

enum read_kind : std::size_t { page, list, read_kinds };

open_loop watch(test_bed& bed, const std::string& campaign, double rate) {
  const auto one = bed.api().request("GET", "/api/campaigns/" + campaign);
  const auto all = bed.api().request("GET", "/api/campaigns");
  return open_loop(bed.api(), rate, read_kinds, [one, all](std::uint64_t n) {
    return n % 2 == 0 ? planned_request{page, one} : planned_request{list, all};
  });
}

/// Messages per second in each tenth of the whole: a cost that grows would show.
figures rates_by_tenth(const std::vector<campaign_set::sample>& samples, std::int64_t total) {
  figures rates = figures::array();
  const auto time_of = [&samples](double count) {
    const auto after = std::find_if(samples.begin(), samples.end(), [count](const auto& one) {
      return static_cast<double>(one.count) >= count;
    });
    if (after == samples.begin()) return 0.0;
    const auto before = after - 1;
    const std::chrono::duration<double> from = before->at - samples.front().at;
    const std::chrono::duration<double> length = after->at - before->at;
    const auto grown = static_cast<double>(after->count - before->count);
    return from.count() +
           length.count() * (count - static_cast<double>(before->count)) / std::max(grown, 1.0);
  };
  constexpr int parts = 10;
  const auto part = static_cast<double>(total) / parts;
  for (int i = 0; i < parts; ++i)
    rates.push_back(part / std::max(time_of(part * (i + 1)) - time_of(part * i), 1e-9));
  return rates;
}

double seconds_between(steady::time_point from, steady::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

figures memory_of(pid_t server, std::uint64_t before_kib) {
  return {{"before_mb", static_cast<double>(before_kib) / kib_per_mb},
          {"peak_mb", static_cast<double>(memory_kib(server, "VmHWM")) / kib_per_mb}};
}

}  // namespace

figures cpu_per_message(const cpu_reading& before, const cpu_reading& after, double messages) {
  const auto per_message = [messages](double from, double to) {
    return (to - from) / messages * us_per_s;
  };
  const double all = after.machine - before.machine;
  const double ours = after.server + after.database + after.simulator + after.load - before.server -
                      before.database - before.simulator - before.load;
  return {{"server", per_message(before.server, after.server)},
          {"database", per_message(before.database, after.database)},
          {"simulator", per_message(before.simulator, after.simulator)},
          {"load_tool", per_message(before.load, after.load)},
          {"kernel_and_others", std::max(0.0, (all - ours) / messages * us_per_s)}};
}

figures broadcast(const broadcast_options& options, progress& shown) {
  const auto& spec = options.campaigns;
  test_bed bed({.rate = spec.rate == 0 ? "unlimited" : std::to_string(spec.rate),
                .statuses = options.statuses});
  campaign_set campaigns(bed, spec, shown);
  campaigns.prepare();
  forget_memory_peak(bed.server_pid());
  const auto memory_before = memory_kib(bed.server_pid(), "VmRSS");
  const auto cpu_before = bed.cpu();
  auto reads = watch(bed, campaigns.ids().front(), options.page_rate);
  const auto began = campaigns.send();
  const auto sent_at = campaigns.await(
      "sending", [](const campaign_counts& now) { return now.sent + now.failed; }, spec.recipients);
  const auto by_tenth = rates_by_tenth(campaigns.samples(), spec.recipients);
  const auto read_at =
      options.statuses
          ? campaigns.await(
                "reading", [](const campaign_counts& now) { return now.read; }, spec.recipients)
          : sent_at;
  const auto cpu_after = bed.cpu();
  const auto latencies = reads.finish();
  campaigns.check_sent();

  const auto messages = static_cast<double>(spec.recipients);
  figures told{{"recipients", spec.recipients},
               {"numbers", spec.numbers},
               {"rate", spec.rate == 0 ? figures("unlimited") : figures(spec.rate)},
               {"statuses", options.statuses ? "all" : "none"},
               {"added_per_s", campaigns.added_per_s()},
               {"sent_per_s", messages / seconds_between(began, sent_at)}};
  if (options.statuses) told["read_per_s"] = messages / seconds_between(began, read_at);
  told["seconds_s"] = seconds_between(began, read_at);
  told["sent_by_tenth_per_s"] = by_tenth;
  told["cpu_us_per_message"] = cpu_per_message(cpu_before, cpu_after, messages);
  told["server_memory"] = memory_of(bed.server_pid(), memory_before);
  told["campaign_page"] = latencies[page].times.to_json();
  told["campaign_list"] = latencies[list].times.to_json();
  return told;
}

}  // namespace omnistream::load
