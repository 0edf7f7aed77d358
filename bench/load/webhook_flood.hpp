#pragma once

#include <cstdint>
#include <vector>

#include "bench/load/latencies.hpp"
#include "bench/load/progress.hpp"
#include "bench/load/status_webhooks.hpp"

namespace omnistream::load {

/// What came of posting webhooks as fast as they are answered.
struct flood_figures {
  double seconds = 0;          ///< until the last was answered 200
  std::uint64_t repeated = 0;  ///< answers other than 200: posted again after a pause, as Meta does
  latencies times;
};

/// Keeps `connections` webhooks on their way until all were answered 200. Throws
/// std::runtime_error if the server refuses for good, and `interrupted`.
flood_figures flood(api_client& to, const std::vector<signed_webhook>& webhooks,
                    std::size_t connections, progress& shown);

}  // namespace omnistream::load
