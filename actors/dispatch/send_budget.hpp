#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace omnistream::actors {

/// How many messages may be with Meta at once, shared by all phone numbers, so that nothing waits
/// inside the HTTP client: what waits there would leave in a burst that no limiter knows of.
///
/// A number may hold up to four times what is free (the dynamic threshold of shared buffers,
/// Choudhury and Hahne 1998): alone it gets four fifths of everything, and one whose answers fail
/// to come leaves room for the others. Any thread.
class send_budget {
 public:
  explicit send_budget(std::size_t max) : max_(max) {}

  /// How many of `wanted` more may go for a number that has `mine` on the way; they are taken.
  std::size_t take(std::size_t wanted, std::size_t mine) {
    auto used = used_.load(std::memory_order_relaxed);
    while (true) {
      const auto granted = std::min(wanted, room(used, mine));
      if (granted == 0 ||
          used_.compare_exchange_weak(used, used + granted, std::memory_order_relaxed))
        return granted;
    }
  }
  void give_back(std::size_t count) { used_.fetch_sub(count, std::memory_order_relaxed); }

 private:
  static constexpr std::size_t share = 4;  ///< of what is free

  std::size_t room(std::size_t used, std::size_t mine) const {
    const std::size_t free = max_ - std::min(used, max_);
    if (mine == 0 && free > 0) return std::max<std::size_t>(share * free / (share + 1), 1);
    return share * free > mine ? (share * free - mine) / (share + 1) : 0;
  }

  const std::size_t max_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace omnistream::actors
