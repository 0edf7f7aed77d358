#pragma once

#include <vector>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct webhooks_options {
  std::int64_t recipients = 50'000;  ///< whose three statuses are posted as fast as they are taken
  int batch = 100;                   ///< changes per webhook then
  std::vector<int> rates{3'300};     ///< statuses/s offered afterwards, one per webhook
  int seconds = 20;                  ///< at each of these rates
  /// Seconds for which wrk finds the ceiling of /health before and again after; 0: not.
  int ceiling_s = 0;
};

/// Posts signed status webhooks for messages of a campaign that was sent: first in batches as fast
/// as they are answered, then one by one at fixed rates. Throws unless every status has come into
/// the campaign's counters.
figures webhooks(const webhooks_options& options, progress& shown);

}  // namespace omnistream::load
