#include "bench/load/broadcast.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/load/open_loop.hpp"
#include "bench/load/proc_stat.hpp"
#include "bench/load/reads.hpp"
#include "bench/load/wrk.hpp"

namespace omnistream::load {
namespace {

constexpr double us_per_s = 1e6;
constexpr double kib_per_mb = 1024;
/// A broadcast that takes less says little about messages/s.
constexpr double seconds_min = 1;

/// Messages per second in each tenth of the whole: a cost that grows would show.
figures rates_by_tenth(const std::vector<campaign_set::sample>& samples, std::int64_t total) {
  figures rates = figures::array();
  const auto time_of = [&samples](double count) {
    const auto after = std::find_if(samples.begin(), samples.end(), [count](const auto& one) {
      return static_cast<double>(one.count) >= count;
    });
    if (after == samples.begin() || after == samples.end()) return 0.0;
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

std::int64_t ended(const campaign_counts& now) {
  return now.sent + now.failed;
}

/// The server looks each second for memory that large calls have left, and gives it back.
constexpr std::chrono::seconds memory_settles{2};

class broadcast_run {
 public:
  broadcast_run(const broadcast_options& options, progress& shown)
      : options_(options),
        recipients_(options.campaigns.recipients),
        bed_({.rate = options.campaigns.rate == 0 ? "unlimited"
                                                  : std::to_string(options.campaigns.rate),
              .statuses = options.statuses}),
        campaigns_(bed_, options.campaigns, shown) {}

  figures run() {
    campaigns_.prepare();
    memory_adding_kib_ = memory_kib(bed_.server().pid(), "VmHWM");
    std::this_thread::sleep_for(memory_settles);
    const auto ceiling_before = ceiling();
    forget_memory_peak(bed_.server().pid());
    memory_before_kib_ = memory_kib(bed_.server().pid(), "VmRSS");
    const auto cpu_before = bed_.cpu();
    const auto kinds = page_and_list();
    open_loop reads(bed_.api(), options_.reads_per_s, kinds.size(),
                    reads_in_turn(bed_.api(), kinds));
    figures told = options_.for_s > 0 ? send_for_a_while() : send_to_the_end();
    const auto messages = told.value("messages", 0.0);
    told["cpu_per_message"] = cpu_per_message(cpu_before, bed_.cpu(), messages);
    told["server_memory"] = memory();
    told.update(told_by_name(kinds, reads.finish()));
    const auto ceiling_after = ceiling();
    if (ceiling_before && ceiling_after)
      tell_ratios(told, ceiling_pair{*ceiling_before, *ceiling_after});
    return told;
  }

 private:
  std::optional<double> ceiling() {
    if (options_.ceiling_s == 0) return std::nullopt;
    return simulator_ceiling(bed_.folder(), options_.ceiling_s);
  }

  std::vector<read_kind> page_and_list() {
    auto kinds = campaign_reads(campaigns_.ids().front(), recipients_);
    kinds.resize(2);
    return kinds;
  }

  figures head() const {
    const auto& spec = options_.campaigns;
    return {{"recipients", spec.recipients},
            {"numbers", spec.numbers},
            {"rate", spec.rate == 0 ? figures("unlimited") : figures(spec.rate)},
            {"statuses", options_.statuses ? "all" : "none"},
            {"added_per_s", campaigns_.added_per_s()}};
  }

  figures send_to_the_end() {
    const auto began = campaigns_.send();
    const auto sent_at = campaigns_.await("sending", ended, recipients_);
    const auto by_tenth = rates_by_tenth(campaigns_.samples(), recipients_);
    figures told = head();
    const auto messages = static_cast<double>(recipients_);
    const double seconds = seconds_between(began, sent_at);
    told["messages"] = messages;
    told["sent_per_s"] = messages / seconds;
    if (seconds < seconds_min) told["too_short"] = true;
    if (options_.statuses) {
      const auto read_at = campaigns_.await(
          "reading", [](const campaign_counts& now) { return now.read; }, recipients_);
      told["read_per_s"] = messages / seconds_between(began, read_at);
    }
    told["sent_by_tenth_per_s"] = by_tenth;
    campaigns_.check_sent();
    return told;
  }

  figures send_for_a_while() {
    const auto began = campaigns_.send();
    sleep_until(began + std::chrono::seconds{options_.for_s});
    const auto sent = campaigns_.cancel();
    figures told = head();
    told["messages"] = sent;
    told["sent_per_s"] = static_cast<double>(sent) / options_.for_s;
    if (bed_.simulator().stats()["duplicates"] != 0)
      throw std::runtime_error("the check of this figure failed: a message was sent twice");
    return told;
  }

  figures memory() {
    return {
        {"adding_peak_mb", static_cast<double>(memory_adding_kib_) / kib_per_mb},
        {"before_mb", static_cast<double>(memory_before_kib_) / kib_per_mb},
        {"peak_mb", static_cast<double>(memory_kib(bed_.server().pid(), "VmHWM")) / kib_per_mb}};
  }

  static void tell_ratios(figures& told, const ceiling_pair& ceiling) {
    told["ceiling"] = ceiling.to_figures();
    told["sent_to_ceiling"] = told.value("sent_per_s", 0.0) / ceiling.mean();
    if (told.contains("read_per_s"))
      told["read_to_ceiling"] = told.value("read_per_s", 0.0) / ceiling.mean();
  }

  const broadcast_options options_;
  const std::int64_t recipients_;
  test_bed bed_;
  campaign_set campaigns_;
  std::uint64_t memory_adding_kib_ = 0, memory_before_kib_ = 0;
};

}  // namespace

figures cpu_per_message(const cpu_reading& before, const cpu_reading& after, double messages) {
  const auto per_message = [messages](double from, double to) {
    return (to - from) / messages * us_per_s;
  };
  const auto ours = [](const cpu_reading& at) {
    return at.server + at.database + at.simulator + at.load;
  };
  const auto rest =
      per_message(before.machine, after.machine) - per_message(ours(before), ours(after));
  return {{"server_us", per_message(before.server, after.server)},
          {"database_us", per_message(before.database, after.database)},
          {"simulator_us", per_message(before.simulator, after.simulator)},
          {"load_tool_us", per_message(before.load, after.load)},
          {"rest_us", std::max(0.0, rest)}};
}

figures broadcast(const broadcast_options& options, progress& shown) {
  return broadcast_run(options, shown).run();
}

}  // namespace omnistream::load
