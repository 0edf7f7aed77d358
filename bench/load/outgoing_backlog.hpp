#pragma once

#include <cstdint>

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct outgoing_backlog_options {
  std::int64_t events = 1'000'000;  ///< of all subscriptions together
  int subscriptions = 10;
  int batch = 100;  ///< events per request at most
};

/// Lets events pile up for subscriptions whose port is closed, then opens it and has them tried
/// again at once. Tells the server's memory meanwhile. Throws if an event did not arrive.
figures outgoing_backlog(const outgoing_backlog_options& options, progress& shown);

}  // namespace omnistream::load
