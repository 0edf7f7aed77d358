#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// How long what is old stays.
struct kept_days {
  int deliveries = 7;  ///< that have ended, after their last attempt
  int events = 30;     ///< that nobody took
};
struct forgotten {
  std::int64_t untold = 0;  ///< events that were still to be told
  bool more = false;        ///< others are old as well
};

/// What the bus asks of the database. Completions come from any thread, once.
class event_bus_store {
 public:
  virtual ~event_bus_store() = default;
  /// Subscriptions with something to send now; `ahead`: also those whose next attempt lies ahead.
  virtual void waiting(bool ahead, std::function<void(result<std::vector<uuid>>)> done) = 0;
  /// Removes what is older than it is kept, in bounded portions.
  virtual void forget(kept_days kept, std::function<void(result<forgotten>)> done) = 0;
};

}  // namespace omnistream::actors
