#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "actors/engine.hpp"

namespace omnistream::http::api {

/// Jobs that keep a core busy for long: hashing a password, reading a large body. They run on actor
/// threads in their order, few at a time, so that campaigns and other calls always find a free
/// thread. Thread-safe.
class long_work_queue : public std::enable_shared_from_this<long_work_queue> {
 public:
  static constexpr std::size_t waiting_max = 32;

  /// `at_once_max`: jobs that may run together.
  explicit long_work_queue(int at_once_max) : at_once_max_(at_once_max) {}

  /// Runs the job when its turn comes. False, and the job is dropped, if too many wait.
  bool submit(actors::engine& on, std::function<void()> job);

 private:
  void run();
  std::function<void()> next();

  const int at_once_max_;
  std::mutex guard_;
  std::deque<std::function<void()>> waiting_;
  int running_ = 0;
};

}  // namespace omnistream::http::api
