#pragma once

#include <cstdint>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct outgoing_deliveries_options {
  std::int64_t recipients = 20'000;  ///< of a broadcast that is told to each subscription
  int subscriptions = 10;
  int batch = 100;  ///< events per request at most, the second time
  /// Seconds for which wrk finds the subscriber's ceiling before and again after; 0: not.
  int ceiling_s = 0;
};

/// Sends a broadcast that subscriptions are told of, twice: with one event per request, then in
/// batches. Measures until the subscriber has everything. Throws if an event did not arrive.
figures outgoing_deliveries(const outgoing_deliveries_options& options, progress& shown);

}  // namespace omnistream::load
