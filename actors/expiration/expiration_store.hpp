#pragma once

#include <functional>

#include "config/base/result.hpp"

namespace omnistream::actors {

/// What the expirer asks of the database. Completions come from any thread, once.
class expiration_store {
 public:
  virtual ~expiration_store() = default;
  /// Ends conversations that were idle for as long as their channel's rule says, in one
  /// transaction; answers how many. Exactly `at_most`: there may be more.
  virtual void expire(int at_most, std::function<void(result<int>)> done) = 0;
};

}  // namespace omnistream::actors
