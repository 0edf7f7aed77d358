#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "actors/engine.hpp"

namespace omnistream::http::api {

/// Jobs that hash passwords, in their order: each takes 64 MiB and the better part of 0.1 s of a
/// core, so they run on actor threads, few at a time. Thread-safe.
class hashing_queue : public std::enable_shared_from_this<hashing_queue> {
 public:
  static constexpr std::size_t waiting_max = 32;

  /// Runs the job when fewer than `at_once_max` are running. False, and the
  /// job is dropped, if too many wait.
  bool submit(actors::engine& on, int at_once_max, std::function<void()> job);

 private:
  void run();
  std::function<void()> next();

  std::mutex guard_;
  std::deque<std::function<void()>> waiting_;
  int running_ = 0;
};

}  // namespace omnistream::http::api
