#pragma once

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct live_load_options {
  int streams = 200;  ///< of events, all of which are told everything
  int rate = 500;     ///< messages per second that people write, one per webhook
  int people = 2'000;
  int seconds = 20;
};

/// People write while agents look: from the time a webhook was due until each stream has told it.
/// Everybody has written once before. Throws unless every stream was told every message once.
figures live(const live_load_options& options, progress& shown);

}  // namespace omnistream::load
