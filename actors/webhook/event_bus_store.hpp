#pragma once

#include <functional>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// What the bus asks of the database. Completions come from any thread, once.
class event_bus_store {
 public:
  virtual ~event_bus_store() = default;
  /// Subscriptions with something to send now; `ahead`: also those whose next attempt lies ahead.
  virtual void waiting(bool ahead, std::function<void(result<std::vector<uuid>>)> done) = 0;
  /// Removes deliveries that ended, and events nobody took, `days` ago or longer, in bounded
  /// portions; says whether more is left.
  virtual void forget(int days, std::function<void(result<bool>)> done) = 0;
};

}  // namespace omnistream::actors
