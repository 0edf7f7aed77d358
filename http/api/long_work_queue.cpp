#include "http/api/long_work_queue.hpp"

#include "config/base/log.hpp"

namespace omnistream::http::api {

bool long_work_queue::submit(actors::engine& on, std::function<void()> job) {
  {
    const std::lock_guard lock(guard_);
    if (waiting_.size() >= waiting_max) return false;
    waiting_.push_back(std::move(job));
    if (running_ >= at_once_max_) return true;
    ++running_;
  }
  on.work([self = shared_from_this()] { self->run(); });
  return true;
}

void long_work_queue::run() {
  while (const auto job = next()) {
    try {
      job();
    } catch (const std::exception& why) {
      log::error("http", "long work failed", {{"reason", why.what()}});
    }
  }
}

std::function<void()> long_work_queue::next() {
  const std::lock_guard lock(guard_);
  if (waiting_.empty()) {
    --running_;
    return nullptr;
  }
  auto job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

}  // namespace omnistream::http::api
