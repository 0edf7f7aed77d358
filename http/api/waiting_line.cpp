#include "http/api/waiting_line.hpp"

#include <utility>

namespace omnistream::http::api {

bool waiting_line::enter(std::function<void()> work) {
  {
    const std::lock_guard lock(guard_);
    if (inside_ == inside_max_) {
      if (waiting_.size() == waiting_max_) return false;
      waiting_.push_back(std::move(work));
      return true;
    }
    ++inside_;
  }
  work();
  return true;
}

void waiting_line::leave() {
  std::function<void()> next;
  {
    const std::lock_guard lock(guard_);
    if (waiting_.empty()) {
      --inside_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  next();
}

}  // namespace omnistream::http::api
