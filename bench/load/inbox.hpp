#pragma once

#include <cstdint>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct inbox_options {
  std::int64_t conversations = 1'000'000;
  int rate = 20;     ///< reads per second of the lists that took longest
  int seconds = 75;  ///< for so long
};

/// Fills an inbox: people write, agents tag, take and resolve what they wrote. Then reads lists of
/// conversations, narrowed in all ways that are offered, their first, middle and last pages, one at
/// a time; and those that took longest again, at a fixed rate. Throws unless each list has as many
/// as it should.
figures inbox(const inbox_options& options, progress& shown);

}  // namespace omnistream::load
