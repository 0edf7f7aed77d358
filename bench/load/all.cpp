#include "bench/load/all.hpp"

#include <functional>
#include <iostream>
#include <string>

#include "bench/load/bounds.hpp"
#include "bench/load/broadcast.hpp"
#include "bench/load/dashboard.hpp"
#include "bench/load/inbox.hpp"
#include "bench/load/live.hpp"
#include "bench/load/machine.hpp"
#include "bench/load/outgoing.hpp"
#include "bench/load/pacing.hpp"
#include "bench/load/recipients.hpp"
#include "bench/load/restart.hpp"
#include "bench/load/webhooks.hpp"
#include "bench/load/wrk.hpp"

namespace omnistream::load {
namespace {

/// What differs between the extents.
struct sizes {
  int ceiling_s;
  std::vector<std::int64_t> broadcasts;  ///< for the plot; the bound's is told apart
  std::int64_t broadcast, whole_life, small, large;
  std::int64_t webhooks;
  std::vector<int> rates;
  int rate_s;
  int pacing_s;
  std::int64_t dashboard;
  int dashboard_s;
  std::int64_t steady;
  int steady_s;  ///< 0: to the end
  std::int64_t recipients;
  int reads_s;
  std::int64_t restart;
  std::int64_t outgoing;
  int crowd_s;
  std::int64_t backlog;
  std::int64_t conversations;
};

sizes sizes_of(all_options::extent how) {
  if (how == all_options::extent::quick)
    return {.ceiling_s = 2,
            .broadcasts = {5'000},
            .broadcast = 60'000,
            .whole_life = 60'000,
            .small = 20'000,
            .large = 150'000,
            .webhooks = 15'000,
            .rates = {1'000, 3'300},
            .rate_s = 5,
            .pacing_s = 10,
            .dashboard = 100'000,
            .dashboard_s = 10,
            .steady = 100'000,
            .steady_s = 20,
            .recipients = 100'000,
            .reads_s = 12,
            .restart = 100'000,
            .outgoing = 3'000,
            .crowd_s = 10,
            .backlog = 100'000,
            .conversations = 20'000};
  return {.ceiling_s = 5,
          .broadcasts = {1'000, 5'000, 50'000, 400'000},
          .broadcast = 200'000,
          .whole_life = 100'000,
          .small = 20'000,
          .large = 1'000'000,
          .webhooks = 100'000,
          .rates = {500, 1'000, 2'000, 3'300, 5'000, 7'500},
          .rate_s = 20,
          .pacing_s = 60,
          .dashboard = 400'000,
          .dashboard_s = 30,
          .steady = 1'000'000,
          .steady_s = 0,
          .recipients = 1'000'000,
          .reads_s = 60,
          .restart = 1'000'000,
          .outgoing = 20'000,
          .crowd_s = 30,
          .backlog = 1'000'000,
          .conversations = 1'000'000};
}

class runner {
 public:
  explicit runner(progress& shown) : progress_(shown) {
    told_["figures"] = figures::object();
    told_["errors"] = figures::object();
  }

  void step(const std::string& name, const std::function<figures()>& measure) {
    progress_.title(name);
    try {
      told_["figures"][name] = measure();
    } catch (const interrupted&) {
      throw;
    } catch (const std::exception& why) {
      progress_.clear();
      std::cerr << "omnistream-load: " << name << ": " << why.what() << "\n";
      told_["errors"][name] = why.what();
    }
  }

  figures& told() { return told_; }

 private:
  progress& progress_;
  figures told_;
};

double sent_per_s(const figures& run, const std::string& step) {
  return run["figures"].contains(step) ? run["figures"][step].value("sent_per_s", 0.0) : 0;
}

/// A short broadcast is told by the median of several: it is over before the machine's moods even
/// out.
figures median_broadcast(const broadcast_options& options, progress& shown) {
  constexpr std::int64_t short_max = 50'000;
  constexpr std::size_t runs = 3;
  if (options.campaigns.recipients > short_max) return broadcast(options, shown);
  std::vector<figures> all;
  figures rates = figures::array();
  for (std::size_t i = 0; i < runs; ++i) {
    all.push_back(broadcast(options, shown));
    rates.push_back(all.back()["sent_per_s"]);
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a["sent_per_s"] < b["sent_per_s"]; });
  auto told = all[runs / 2];
  told["all_runs_per_s"] = rates;
  return told;
}

void broadcasts(runner& run, const sizes& of, progress& shown) {
  const auto sized = [](std::int64_t recipients, int ceiling_s) {
    broadcast_options options;
    options.campaigns.recipients = recipients;
    options.ceiling_s = ceiling_s;
    return options;
  };
  run.step("broadcast", [&] { return broadcast(sized(of.broadcast, of.ceiling_s), shown); });
  run.step("whole_life", [&] {
    auto options = sized(of.whole_life, of.ceiling_s);
    options.statuses = true;
    return broadcast(options, shown);
  });
  run.step("broadcast_small", [&] { return median_broadcast(sized(of.small, 0), shown); });
  for (const auto size : of.broadcasts)
    run.step("broadcast_" + std::to_string(size),
             [&, size] { return median_broadcast(sized(size, 0), shown); });
  run.step("broadcast_large", [&] { return broadcast(sized(of.large, 0), shown); });
  run.step("growth", [&]() -> figures {
    const auto small = sent_per_s(run.told(), "broadcast_small");
    if (small == 0) throw std::runtime_error("there is no broadcast to compare with");
    const auto large = sent_per_s(run.told(), "broadcast_large");
    return {{"small_recipients", of.small},
            {"small_per_s", small},
            {"large_recipients", of.large},
            {"large_per_s", large},
            {"large_to_small", large / small}};
  });
  run.step("steady", [&] {
    auto options = sized(of.steady, 0);
    options.campaigns.rate = 1'000;
    options.for_s = of.steady_s;
    return broadcast(options, shown);
  });
}

void pacings(runner& run, const sizes& of, progress& shown) {
  const auto pace = [&](const std::string& name, int numbers, int rate) {
    run.step(name, [&, numbers, rate] {
      return pacing({.numbers = numbers, .rate = rate, .seconds = of.pacing_s}, shown);
    });
  };
  pace("pacing_10x80", 10, 80);
  pace("pacing_1x1000", 1, 1'000);
  pace("pacing_10x1000", 10, 1'000);
}

void reads(runner& run, const sizes& of, bool huge, progress& shown) {
  run.step("dashboard", [&] {
    return dashboard({.seconds = of.dashboard_s, .recipients = of.dashboard}, shown);
  });
  run.step("recipients",
           [&] { return recipients({.recipients = of.recipients, .seconds = of.reads_s}, shown); });
  if (!huge) return;
  run.step("recipients_10m",
           [&] { return recipients({.recipients = 10'000'000, .seconds = of.reads_s}, shown); });
}

void outgoings(runner& run, const sizes& of, progress& shown) {
  run.step("outgoing_deliveries", [&] {
    return outgoing_deliveries({.recipients = of.outgoing, .ceiling_s = of.ceiling_s}, shown);
  });
  run.step("outgoing_crowd", [&] { return outgoing_crowd({.seconds = of.crowd_s}, shown); });
  run.step("outgoing_backlog", [&] { return outgoing_backlog({.events = of.backlog}, shown); });
}

}  // namespace

figures run_all(const all_options& options, progress& shown) {
  const auto of = sizes_of(options.how);
  const bool huge = options.how == all_options::extent::huge;
  const auto machine = describe_machine();
  runner run(shown);
  run.step("ceiling", [&] { return find_ceilings({of.ceiling_s}, shown); });
  broadcasts(run, of, shown);
  run.step("webhooks", [&] {
    return webhooks({.recipients = of.webhooks,
                     .rates = of.rates,
                     .seconds = of.rate_s,
                     .ceiling_s = of.ceiling_s},
                    shown);
  });
  pacings(run, of, shown);
  reads(run, of, huge, shown);
  run.step("restart", [&] { return restart({of.restart}, shown); });
  outgoings(run, of, shown);
  run.step("live", [&] { return live({.seconds = of.rate_s}, shown); });
  run.step("inbox", [&] { return inbox({.conversations = of.conversations}, shown); });
  shown.title("");
  const char* extents[] = {"quick", "full", "huge"};
  return {{"bounds", judge(run.told())},
          {"machine", machine},
          {"extent", extents[static_cast<int>(options.how)]},
          {"figures", run.told()["figures"]},
          {"errors", run.told()["errors"]}};
}

}  // namespace omnistream::load
