#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {

/// Where an outbox begins. What was taken leaves dead entries at the front of the index until
/// PostgreSQL cleans up, and each read from the very beginning would walk over all of them. So for
/// a moment a read may begin where the first event was found. An event may be committed late, after
/// others with higher ids: it is found by the next read from the beginning. Pure.
class outbox_floors {
 public:
  using clock = std::chrono::steady_clock;

  /// For so long a known beginning is believed.
  static constexpr std::chrono::milliseconds believed{500};
  static constexpr std::size_t known_max = 10'000;  ///< when more are known, all are forgotten

  /// Events after this id are to be read; 0: from the beginning.
  std::int64_t after(const uuid& webhook, clock::time_point now) const {
    const auto found = known_.find(webhook);
    return found == known_.end() || now >= found->second.until ? 0 : found->second.after;
  }

  /// What a read from the beginning found.
  void found(const uuid& webhook, const outbox_page& page, clock::time_point now) {
    if (page.events.empty()) {
      known_.erase(webhook);
      return;
    }
    if (known_.size() >= known_max) known_.clear();
    known_[webhook] = {page.events.front().id - 1, now + believed};
  }

 private:
  struct beginning {
    std::int64_t after = 0;
    clock::time_point until;
  };
  std::map<uuid, beginning> known_;
};

}  // namespace omnistream::actors
