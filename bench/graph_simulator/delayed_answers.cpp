#include "bench/graph_simulator/delayed_answers.hpp"

#include <algorithm>
#include <utility>

namespace graph_simulator {

using namespace std::chrono_literals;

delayed_answers::delayed_answers(std::function<instant()> clock, std::function<void()> tick)
    : clock_(std::move(clock)), tick_(std::move(tick)), thread_([this] { run(); }) {}

delayed_answers::~delayed_answers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void delayed_answers::add(instant due, std::function<void()> action) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = queue_.empty() || due < queue_.top().due;
    queue_.push({due, sequence_++, std::move(action)});
  }
  if (is_first) changed_.notify_one();
}

void delayed_answers::run() {
  auto next_tick = clock_();
  std::vector<std::function<void()>> ready;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = clock_();
    while (!queue_.empty() && queue_.top().due <= now) {
      // The queue shows its top as const; its order does not depend on the action.
      ready.push_back(std::move(const_cast<entry&>(queue_.top()).action));
      queue_.pop();
    }
    const bool is_tick = now >= next_tick;
    if (is_tick) next_tick = now + 50ms;
    if (is_tick || !ready.empty()) {
      lock.unlock();
      if (is_tick) tick_();
      for (auto& action : ready) action();
      ready.clear();
      lock.lock();
      continue;
    }
    const auto due = queue_.empty() ? next_tick : std::min(next_tick, queue_.top().due);
    changed_.wait_for(lock, due - now);
  }
}

}  // namespace graph_simulator
