#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace omnistream::actors {

/// Gathers what many ask for while one transaction is under way, and does it in the next one.
/// Thread-safe.
template <class Item>
class shared_transaction {
 public:
  /// Does all of a group in one transaction and calls `ended` when it is over, from any thread.
  using work = std::function<void(std::vector<Item> group, std::function<void()> ended)>;

  shared_transaction(std::size_t group_max, work run)
      : group_max_(group_max), run_(std::move(run)) {}

  void add(Item item) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(item));
      if (std::exchange(under_way_, true)) return;
    }
    next();
  }

 private:
  void next() {
    std::vector<Item> group;
    {
      const std::lock_guard lock(mutex_);
      const auto count = std::min(waiting_.size(), group_max_);
      if (count == 0) {
        under_way_ = false;
        return;
      }
      const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
      group.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
      waiting_.erase(waiting_.begin(), end);
    }
    run_(std::move(group), [this] { next(); });
  }

  const std::size_t group_max_;
  const work run_;
  std::mutex mutex_;
  std::vector<Item> waiting_;
  bool under_way_ = false;
};

}  // namespace omnistream::actors
