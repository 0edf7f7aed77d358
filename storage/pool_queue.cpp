#include "storage/pool_queue.hpp"

#include <algorithm>
#include <iterator>

namespace omnistream::storage {

pool_queue::admission pool_queue::offer(pool_job& job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return admission::closed;
    if (jobs_.size() >= jobs_max_) return admission::full;
    job.enqueued_at = clock::now();
    jobs_.push_back(std::move(job));
  }
  work_.notify_one();
  return admission::accepted;
}

bool pool_queue::give_back(pool_job& job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    jobs_.push_front(std::move(job));
  }
  work_.notify_one();
  return true;
}

std::optional<pool_job> pool_queue::take(std::chrono::milliseconds idle) {
  std::unique_lock lock(mutex_);
  work_.wait_for(lock, idle, [this] { return closed_ || !jobs_.empty(); });
  if (jobs_.empty()) return std::nullopt;
  std::optional<pool_job> job(std::move(jobs_.front()));
  jobs_.pop_front();
  return job;
}

std::vector<pool_job> pool_queue::close() {
  std::vector<pool_job> waiting;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    std::move(jobs_.begin(), jobs_.end(), std::back_inserter(waiting));
    jobs_.clear();
  }
  work_.notify_all();
  retry_.notify_all();
  return waiting;
}

void pool_queue::connected() {
  {
    const std::lock_guard lock(mutex_);
    ++connections_;
    ++connects_;
  }
  retry_.notify_all();
}

void pool_queue::disconnected() {
  const std::lock_guard lock(mutex_);
  if (--connections_ == 0) away_since_ = clock::now();
}

void pool_queue::unreachable() {
  const std::lock_guard lock(mutex_);
  if (connections_ == 0) away_since_ = std::min(away_since_, clock::now());
}

bool pool_queue::is_connected() const {
  return connections() > 0;
}

void pool_queue::await_retry(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  retry_.wait_for(lock, pause,
                  [this, before = connects_] { return closed_ || connects_ != before; });
}

std::vector<pool_job> pool_queue::take_expired(std::chrono::milliseconds patience) {
  std::vector<pool_job> expired;
  const std::lock_guard lock(mutex_);
  if (connections_ > 0) return expired;
  const auto before = clock::now() - patience;
  if (away_since_ > before) return expired;
  std::deque<pool_job> kept;
  for (auto& job : jobs_)
    if (job.enqueued_at > before)
      kept.push_back(std::move(job));
    else
      expired.push_back(std::move(job));
  jobs_.swap(kept);
  return expired;
}

bool pool_queue::is_closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::size_t pool_queue::size() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::size_t pool_queue::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

}  // namespace omnistream::storage
