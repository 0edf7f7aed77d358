#include "bench/load/subscriber_program.hpp"

#include <stdexcept>

#include "bench/load/interruption.hpp"
#include "bench/load/proc_stat.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{50};
/// Deliveries that do not come for so long do not come.
constexpr std::chrono::seconds stuck_after{60};

}  // namespace

subscriber_program::subscriber_program(const std::filesystem::path& folder, std::uint16_t port)
    : listening_program(folder, "subscriber",
                        {program_path("omnistream-load").string(), "subscriber", "--port",
                         std::to_string(port), "--secret", delivery_secret}) {}

void subscriber_program::await(const std::string& doing, std::int64_t events, progress& shown) {
  std::int64_t before = 0;
  for (auto grew_at = steady::now();; sleep_for(look_interval)) {
    const auto told = api().must("GET", "/_count");
    const auto count = told.value("events", std::int64_t{0});
    if (told.value("wrong", 0) != 0)
      throw std::runtime_error("the check of this figure failed: " +
                               stats().value("last_wrong", ""));
    shown.show(doing, count, events);
    if (count >= events) return;
    if (count > before) grew_at = steady::now();
    before = count;
    if (steady::now() - grew_at > stuck_after)
      throw std::runtime_error(doing + " stopped at " + std::to_string(count) + " of " +
                               std::to_string(events));
  }
}

figures subscriber_program::stats() {
  const auto got = api().call("GET", "/_stats");
  if (!got.ok()) throw std::runtime_error("the subscriber tells nothing: " + got.error);
  return figures::parse(got.body);
}

void subscriber_program::forget_stats() {
  api().must("DELETE", "/_stats");
}

double subscriber_program::cpu_seconds() const {
  const auto all = running_processes();
  const auto found = all.find(pid());
  return found == all.end() ? 0 : seconds_of(found->second.cpu_ticks);
}

timestamp last_arrival(const figures& stats) {
  const auto at = parse_rfc3339(stats.value("last_arrival", ""));
  if (!at) throw std::runtime_error("the subscriber told no time: " + stats.dump());
  return *at;
}

}  // namespace omnistream::load
