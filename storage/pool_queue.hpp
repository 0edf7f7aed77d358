#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "storage/pool.hpp"

namespace omnistream::storage {

/// One transaction to be run: see pool::enqueue.
struct pool_job {
  access who;
  std::function<bool(session&)> work;
  std::function<void(const problem*)> finish;
  std::chrono::steady_clock::time_point enqueued_at;
  int losses = 0;  ///< connections that broke under it
};

/// The waiting jobs of one role, first come first served, and how many of the role's connections
/// stand. Thread-safe. Calls no foreign code: whoever takes a job out finishes it.
class pool_queue {
 public:
  using clock = std::chrono::steady_clock;

  /// Until `first_connection_by` the database counts as being connected to, afterwards as away.
  pool_queue(std::size_t jobs_max, clock::time_point first_connection_by)
      : jobs_max_(jobs_max), away_since_(first_connection_by) {}

  enum class admission { accepted, full, closed };
  admission offer(pool_job& job);  ///< takes the job only when accepted
  /// Puts a taken job back to the front, beyond the bound if need be; false when closed (the job is
  /// untouched).
  bool give_back(pool_job& job);
  /// The next job, or nothing after `idle` or when closed.
  std::optional<pool_job> take(std::chrono::milliseconds idle);
  /// Refuses what comes from now on, wakes everybody and hands out what waits.
  std::vector<pool_job> close();

  void connected();     ///< one more connection stands
  void disconnected();  ///< one fewer
  void unreachable();   ///< an attempt to connect failed
  bool is_connected() const;
  /// Sleeps until `pause` is over, a colleague got a connection, or the queue is closed.
  void await_retry(std::chrono::milliseconds pause);

  /// Takes out the jobs that have waited `patience` while no connection stood.
  std::vector<pool_job> take_expired(std::chrono::milliseconds patience);
  bool is_closed() const;
  std::size_t size() const;
  std::size_t connections() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable retry_;
  std::deque<pool_job> jobs_;
  std::size_t jobs_max_;
  std::size_t connections_ = 0;
  std::size_t connects_ = 0;      ///< rises with every connection made
  clock::time_point away_since_;  ///< meaningful while connections_ is 0
  bool closed_ = false;
};

}  // namespace omnistream::storage
