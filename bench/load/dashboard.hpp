#pragma once

#include <cstdint>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct dashboard_options {
  int rate = 80;                      ///< reads per second, whatever the server does
  int seconds = 20;                   ///< on its own
  std::int64_t recipients = 200'000;  ///< of the broadcast during which it goes on
};

/// The latencies of what a dashboard reads, first on an idle server and then for as long as an
/// unlimited broadcast takes.
figures dashboard(const dashboard_options& options, progress& shown);

}  // namespace omnistream::load
