#pragma once

#include <cstdint>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct restart_options {
  std::int64_t recipients = 1'000'000;  ///< of a campaign that is being sent, slowly
};

/// Starts the server again on a database with a campaign under way: after kill -9 and after a clean
/// stop. Tells the time from the start to /ready and to the next message at the simulator.
figures restart(const restart_options& options, progress& shown);

}  // namespace omnistream::load
