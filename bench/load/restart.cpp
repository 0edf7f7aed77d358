#include "bench/load/restart.hpp"

#include <stdexcept>

#include "bench/load/campaigns.hpp"

namespace omnistream::load {
namespace {

constexpr int rate = 80;  ///< so that nearly all recipients are still pending at the end
constexpr std::chrono::seconds sending_before{2};
constexpr std::chrono::seconds patience{120};
constexpr std::chrono::milliseconds look_interval{2};

class restart_run {
 public:
  explicit restart_run(test_bed& bed) : bed_(bed) {}

  figures start_again() {
    const auto before = accepted();
    const auto began = steady::now();
    bed_.server().start();
    const auto seconds_until = [began](const auto& happened) {
      while (!happened()) {
        if (steady::now() - began > patience)
          throw std::runtime_error("the server does not go on after a restart");
        sleep_for(look_interval);
      }
      return std::chrono::duration<double>(steady::now() - began).count();
    };
    const auto ready_s = seconds_until([this] { return bed_.server_is_ready(); });
    const auto message_s = seconds_until([&] { return accepted() > before; });
    return {{"ready_s", ready_s}, {"first_message_s", message_s}};
  }

 private:
  std::int64_t accepted() { return bed_.simulator().stats().value("accepted", std::int64_t{0}); }

  test_bed& bed_;
};

}  // namespace

figures restart(const restart_options& options, progress& shown) {
  test_bed bed({.rate = std::to_string(rate)});
  campaign_set campaigns(bed, {.recipients = options.recipients, .rate = rate}, shown);
  campaigns.prepare();
  campaigns.send();
  sleep_for(sending_before);
  shown.show("restarting", 0, 2);
  restart_run again(bed);
  bed.server().kill();
  const auto after_kill = again.start_again();
  sleep_for(sending_before);
  shown.show("restarting", 1, 2);
  bed.server().stop();
  const auto after_stop = again.start_again();
  if (bed.simulator().stats()["duplicates"] != 0)
    throw std::runtime_error("the check of this figure failed: a message was sent twice");
  return {{"recipients", options.recipients},
          {"after_kill", after_kill},
          {"after_clean_stop", after_stop}};
}

}  // namespace omnistream::load
