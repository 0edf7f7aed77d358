#pragma once

#include "bench/load/campaigns.hpp"
#include "bench/load/figures.hpp"

namespace omnistream::load {

struct broadcast_options {
  campaign_spec campaigns{};
  bool statuses = false;  ///< every message is also delivered and read, and that is awaited
  int reads_per_s = 10;   ///< of the campaign page and of the list meanwhile
  /// Seconds after which the campaigns are cancelled; 0: they are sent to the end.
  int for_s = 0;
  /// Seconds for which wrk finds the simulator's ceiling before and again after; 0: not.
  int ceiling_s = 0;
};

/// Makes campaigns, sends them and measures until the last outcome is recorded. Throws if not every
/// recipient was sent to exactly once.
figures broadcast(const broadcast_options& options, progress& shown);

/// Processor microseconds per message of each part between two readings. `rest_us` is what the
/// kernel did outside of processes and what others on the machine took.
figures cpu_per_message(const cpu_reading& before, const cpu_reading& after, double messages);

}  // namespace omnistream::load
