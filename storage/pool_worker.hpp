#pragma once

#include <optional>
#include <string>

#include "storage/connection.hpp"
#include "storage/event_observer.hpp"
#include "storage/pool_queue.hpp"
#include "storage/statement_timings.hpp"

namespace omnistream::storage {

/// One thread of a pool: keeps one connection up and runs the jobs of its role's queue on it, one
/// at a time.
class pool_worker {
 public:
  pool_worker(const pool_options& options, const char* role, pool_queue& queue,
              statement_timings& timings, event_observer& observer);
  void run();  ///< until the queue is closed; the job in progress is finished first

  /// Gives a job its end; an exception of the completion is logged.
  static void finish(const pool_job& job, const problem* why);
  static problem shutting_down();

 private:
  /// What one attempt at a job came to.
  enum class verdict { finished, run_again, connection_lost };

  bool connect();
  void disconnect();
  void return_to_queue(pool_job& job);
  void serve(pool_job job);
  verdict attempt(pool_job& job, bool may_run_again);
  verdict judge(pool_job& job, const database_error& error, bool may_run_again);
  void begin(const access& who);

  const pool_options& options_;
  const char* role_;
  pool_queue& queue_;
  statement_timings& timings_;
  event_observer& observer_;
  std::optional<connection> connection_;
  int failed_connects_ = 0;     ///< in a row
  std::string last_complaint_;  ///< why connecting failed, so that the log says it once
};

}  // namespace omnistream::storage
