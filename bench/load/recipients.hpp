#pragma once

#include <cstdint>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct recipients_options {
  std::int64_t recipients = 1'000'000;
  int rate = 50;     ///< reads per second afterwards
  int seconds = 60;  ///< for so long
};

/// Adds recipients to one campaign, then reads it at that size: its page, the list, and pages of
/// its recipients, unfiltered at a fixed rate and filtered by status one after the other.
figures recipients(const recipients_options& options, progress& shown);

}  // namespace omnistream::load
