#pragma once

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct pacing_options {
  int numbers = 10;
  int rate = 80;  ///< what the simulator grants each number per second, and the account's setting
  int seconds = 60;  ///< how long each number has something to send
};

/// Sends from several numbers at once and tells how much of the granted rate each used, as the
/// simulator saw it: from its first message to its last, and in its emptiest and fullest sliding
/// second.
figures pacing(const pacing_options& options, progress& shown);

/// The figures of the simulator's numbers under a granted rate. Pure.
figures use_of_rate(const nlohmann::json& simulator_stats, int rate);

}  // namespace omnistream::load
