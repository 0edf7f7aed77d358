#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {

/// Events that were read a moment ago, as most go to several subscriptions and are read by each,
/// and again until they are recorded. Who came first leaves first. Pure.
class event_cache {
 public:
  explicit event_cache(std::size_t bytes_max = 1024 * 1024) : bytes_max_(bytes_max) {}

  /// Null if it is not known. Until the next add().
  const outbox_event* find(std::int64_t id) const {
    const auto found = known_.find(id);
    return found == known_.end() ? nullptr : &found->second;
  }

  void add(outbox_event event) {
    const auto id = event.id;
    const auto bytes = bytes_of(event);
    if (bytes > bytes_max_ || !known_.emplace(id, std::move(event)).second) return;
    order_.push_back(id);
    bytes_ += bytes;
    while (bytes_ > bytes_max_) {
      const auto first = known_.find(order_.front());
      order_.pop_front();
      bytes_ -= bytes_of(first->second);
      known_.erase(first);
    }
  }

 private:
  /// With about what it costs to know it.
  static std::size_t bytes_of(const outbox_event& event) { return event.body->size() + 256; }

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::int64_t, outbox_event> known_;
  std::deque<std::int64_t> order_;
};

}  // namespace omnistream::actors
