#include "http/server/answer_pipe.hpp"

#include <algorithm>
#include <utility>

namespace omnistream::http::server {

bool answer_pipe::write(piece what) {
  std::function<void()> wake;
  bool taken = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || ended_ || overrun_) return false;
    taken = what->size() <= bytes_max_ - bytes_;
    if (taken) {
      bytes_ += what->size();
      waiting_.push_back(std::move(what));
    } else {
      overrun_ = true;
      waiting_.clear();
    }
    if (overrun_ || std::exchange(awaited_, false)) wake = wake_;
  }
  if (wake) wake();
  return taken;
}

void answer_pipe::end() {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || std::exchange(ended_, true)) return;
    if (std::exchange(awaited_, false)) wake = wake_;
  }
  if (wake) wake();
}

answer_pipe::portion answer_pipe::take() {
  portion next;
  bool has_room = false;
  {
    const std::lock_guard lock(mutex_);
    const auto left = std::exchange(bytes_taken_, 0);
    bytes_ -= left;
    while (!waiting_.empty() && bytes_taken_ < portion_bytes_max) {
      const auto& first = waiting_.front();
      const auto count = std::min(first->size() - first_taken_, portion_bytes_max - bytes_taken_);
      next.parts.emplace_back(first, first_taken_, count);
      bytes_taken_ += count;
      first_taken_ += count;
      if (first_taken_ < first->size()) break;
      waiting_.pop_front();
      first_taken_ = 0;
    }
    next.last = ended_ && waiting_.empty();
    next.overrun = overrun_;
    awaited_ = next.parts.empty() && !next.last && !next.overrun;
    has_room = awaited_ && left > 0;
  }
  if (has_room && on_room_) on_room_();
  return next;
}

void answer_pipe::close() {
  std::function<void()> gone;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake_ = nullptr;
    waiting_.clear();
    gone = std::exchange(on_gone_, nullptr);
  }
  if (gone) gone();
}

void answer_outlet::on_more(std::function<void()> wake) {
  const std::lock_guard lock(from_->mutex_);
  from_->wake_ = std::move(wake);
}

bool answer_outlet::overrun() const {
  const std::lock_guard lock(from_->mutex_);
  return from_->overrun_;
}

bool answer_outlet::ended() const {
  const std::lock_guard lock(from_->mutex_);
  return from_->ended_;
}

}  // namespace omnistream::http::server
