#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace omnistream::http::api {

/// Lets few in at once, who may leave on another thread than they came on; the others wait in their
/// order. Thread-safe.
class waiting_line {
 public:
  waiting_line(std::size_t inside_max, std::size_t waiting_max)
      : inside_max_(inside_max), waiting_max_(waiting_max) {}

  /// Runs `work` within the call, or within the leave() that makes room for it. Whoever is let in
  /// calls leave() once. False, and `work` is dropped, if too many wait.
  bool enter(std::function<void()> work);
  void leave();

 private:
  const std::size_t inside_max_;
  const std::size_t waiting_max_;
  std::mutex guard_;
  std::size_t inside_ = 0;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace omnistream::http::api
