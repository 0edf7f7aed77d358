#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace omnistream::actors {

/// Bounds the bytes of events and deliveries that wait in memory, over all subscriptions: who finds
/// no room holds one event instead of a window of them, and so still gets on. Thread-safe.
class event_budget {
 public:
  explicit event_budget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// What one subscription holds; gives it back when it ends.
  class share {
   public:
    explicit share(std::shared_ptr<event_budget> of) : of_(std::move(of)) {}
    ~share() {
      if (of_) of_->change(held_, 0);
    }
    share(const share&) = delete;
    share& operator=(const share&) = delete;

    /// It holds so many bytes now, whether or not there is room for them.
    void set(std::size_t bytes) { of_->change(std::exchange(held_, bytes), bytes); }
    /// Whether there is room for so many more bytes.
    bool has_room(std::size_t bytes) const { return of_->has_room(bytes); }

   private:
    std::shared_ptr<event_budget> of_;
    std::size_t held_ = 0;
  };

  std::size_t held() const {
    const std::lock_guard lock(guard_);
    return held_;
  }

 private:
  void change(std::size_t before, std::size_t after) {
    const std::lock_guard lock(guard_);
    held_ = held_ - before + after;
  }
  bool has_room(std::size_t bytes) const {
    const std::lock_guard lock(guard_);
    return held_ + bytes <= bytes_max_;
  }

  mutable std::mutex guard_;
  const std::size_t bytes_max_;
  std::size_t held_ = 0;
};

}  // namespace omnistream::actors
