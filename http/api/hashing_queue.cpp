#include "http/api/hashing_queue.hpp"

#include "config/base/log.hpp"

namespace omnistream::http::api {

bool hashing_queue::submit(actors::engine& on, int at_once_max, std::function<void()> job) {
  {
    const std::lock_guard lock(guard_);
    if (waiting_.size() >= waiting_max) return false;
    waiting_.push_back(std::move(job));
    if (running_ >= at_once_max) return true;
    ++running_;
  }
  on.work([self = shared_from_this()] { self->run(); });
  return true;
}

void hashing_queue::run() {
  while (const auto job = next()) {
    try {
      job();
    } catch (const std::exception& why) {
      log::error("http", "what follows a password's hashing failed", {{"reason", why.what()}});
    }
  }
}

std::function<void()> hashing_queue::next() {
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
