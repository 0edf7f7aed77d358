#pragma once

#include "config/base/metrics.hpp"
#include "storage/pool.hpp"

namespace omnistream::http::app {

/// Shows a pool's statistics at /metrics for as long as it lives.
class storage_metrics {
 public:
  explicit storage_metrics(const storage::pool& pool);

 private:
  metrics::collector collector_;
};

}  // namespace omnistream::http::app
