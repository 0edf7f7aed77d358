#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "config/base/uuid.hpp"

namespace omnistream::storage {

/// Who has something new to hear of, each once.
struct announced_events {
  std::vector<uuid> webhooks;  ///< subscriptions, in the outbox
  std::vector<uuid> tenants;   ///< in the live events

  bool empty() const { return webhooks.empty() && tenants.empty(); }
};

/// Whoever wants to know of events that were committed. Thread-safe.
class event_observer {
 public:
  /// Called on a pool thread, so it must be short.
  using function = std::function<void(const announced_events& who)>;

  /// When it returns, the one before is not called any more.
  void set(function tell) {
    const std::lock_guard lock(mutex_);
    tell_ = std::move(tell);
  }

  void tell(const announced_events& who) {
    if (who.empty()) return;
    const std::lock_guard lock(mutex_);
    if (tell_) tell_(who);
  }

 private:
  std::mutex mutex_;
  function tell_;
};

}  // namespace omnistream::storage
