#include "http/server/answer_pipe.hpp"

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
    next = {std::exchange(waiting_, {}), ended_, overrun_};
    for (const auto& one : next.pieces) bytes_taken_ += one->size();
    awaited_ = next.pieces.empty() && !next.last && !next.overrun;
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

}  // namespace omnistream::http::server
