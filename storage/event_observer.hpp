#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "config/base/uuid.hpp"

namespace omnistream::storage {

/// Whoever wants to know of events that were committed to the outbox. Thread-safe.
class event_observer {
 public:
  /// Given the subscriptions, each once; on a pool thread, so it must be short.
  using function = std::function<void(const std::vector<uuid>& webhooks)>;

  /// When it returns, the one before is not called any more.
  void set(function tell) {
    const std::lock_guard lock(mutex_);
    tell_ = std::move(tell);
  }

  void tell(const std::vector<uuid>& webhooks) {
    if (webhooks.empty()) return;
    const std::lock_guard lock(mutex_);
    if (tell_) tell_(webhooks);
  }

 private:
  std::mutex mutex_;
  function tell_;
};

}  // namespace omnistream::storage
