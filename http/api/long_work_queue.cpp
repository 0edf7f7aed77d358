#include "http/api/long_work_queue.hpp"

#include "config/base/log.hpp"

namespace omnistream::http::api {

bool long_work_queue::submit(actors::engine& on, std::function<void()> job, kind of) {
  {
    const std::lock_guard lock(guard_);
    auto& waiting = waiting_[static_cast<std::size_t>(of)];
    if (waiting.size() >= (of == kind::mail ? mails_waiting_max : calls_waiting_max)) return false;
    waiting.push_back(std::move(job));
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
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    auto& waiting = waiting_[turn_];
    turn_ = (turn_ + 1) % waiting_.size();
    if (waiting.empty()) continue;
    auto job = std::move(waiting.front());
    waiting.pop_front();
    return job;
  }
  --running_;
  return nullptr;
}

}  // namespace omnistream::http::api
