#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "bench/graph_simulator/clock.hpp"

namespace graph_simulator {

/// Does things later, on its own thread, so that no delay ever blocks the io thread. Any thread may
/// add.
class delayed_answers {
 public:
  /// `tick` is called about every 50 ms besides.
  delayed_answers(std::function<instant()> clock, std::function<void()> tick);
  /// What is not due by then is dropped undone.
  ~delayed_answers();

  void add(instant due, std::function<void()> action);

 private:
  struct entry {
    instant due;
    std::uint64_t sequence;
    std::function<void()> action;
    bool operator>(const entry& other) const {
      return due != other.due ? due > other.due : sequence > other.sequence;
    }
  };
  void run();

  std::function<instant()> clock_;
  std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<entry, std::vector<entry>, std::greater<>> queue_;
  std::uint64_t sequence_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace graph_simulator
