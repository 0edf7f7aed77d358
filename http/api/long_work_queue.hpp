#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "actors/engine.hpp"

namespace omnistream::http::api {

/// Jobs that keep a core busy for long: hashing a password, reading a large body. They run on actor
/// threads, few at a time, so that campaigns and other calls always find a free thread: those of
/// one kind in their order, the kinds in turns. Thread-safe.
class long_work_queue : public std::enable_shared_from_this<long_work_queue> {
 public:
  /// For whom a job is. Mails, which anybody may send, keep nobody from logging in.
  enum class kind : std::uint8_t { call, mail };

  /// Jobs of a kind that may wait.
  static constexpr std::size_t calls_waiting_max = 32;
  static constexpr std::size_t mails_waiting_max = 256;

  /// `at_once_max`: jobs that may run together.
  explicit long_work_queue(int at_once_max) : at_once_max_(at_once_max) {}

  /// Runs the job when its turn comes. False, and the job is dropped, if too many of its kind wait.
  bool submit(actors::engine& on, std::function<void()> job, kind of = kind::call);

 private:
  void run();
  std::function<void()> next();

  const int at_once_max_;
  std::mutex guard_;
  std::array<std::deque<std::function<void()>>, 2> waiting_;  ///< by kind
  std::size_t turn_ = 0;                                      ///< the kind whose turn it is
  int running_ = 0;
};

}  // namespace omnistream::http::api
