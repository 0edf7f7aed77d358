#include "storage/pool_worker.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "config/base/log.hpp"
#include "storage/errors.hpp"

namespace omnistream::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often an idle worker looks whether its connection still stands.
constexpr milliseconds idle_check_interval{250};
constexpr milliseconds reconnect_pause_min{100};
constexpr milliseconds reconnect_pause_max{2'000};
/// A job is run at most so often: for deadlocks and serialization failures, and for connections
/// that break under it (more would mean that the job itself breaks them).
constexpr int attempts_max = 6;
constexpr int losses_max = 3;

/// Some milliseconds, more with each attempt, different for each thread, so that rivals do not meet
/// again.
milliseconds contention_pause(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  return milliseconds(std::uniform_int_distribution<int>(1, 8 << std::min(attempt, 4))(random));
}

/// The session a job sees. Remembers the first failure, because a job may catch it and carry on.
class pool_session final : public session {
 public:
  pool_session(connection& on, statement_timings& timings) : on_(on), timings_(timings) {}

  rows run(const statement& which, const arguments& with) override {
    const auto started = steady_clock::now();
    try {
      auto answer = timings_.is_registered(which) ? on_.prepared(which.name, with)
                                                  : on_.unprepared(which.sql, with);
      timings_.record(which, steady_clock::now() - started);
      return answer;
    } catch (const database_error& error) {
      if (!failure_) failure_ = error;
      throw;
    }
  }

  const std::optional<database_error>& failure() const { return failure_; }

 private:
  connection& on_;
  statement_timings& timings_;
  std::optional<database_error> failure_;
};

bool calls_for_another_run(const database_error& error) {
  return error.what_kind() == database_error::kind::unavailable ||
         error.what_kind() == database_error::kind::retryable;
}

}  // namespace

pool_worker::pool_worker(const pool_options& options, const char* role, pool_queue& queue,
                         statement_timings& timings, event_observer& observer)
    : options_(options), role_(role), queue_(queue), timings_(timings), observer_(observer) {}

void pool_worker::finish(const pool_job& job, const problem* why) {
  try {
    job.finish(why);
  } catch (const std::exception& error) {
    log::error("storage", "a completion failed", {{"error", error.what()}});
  }
}

problem pool_worker::shutting_down() {
  return problems::unavailable("shutting_down", "The server is shutting down; try again.");
}

void pool_worker::run() {
  while (!queue_.is_closed()) {
    if (!connection_ && !connect()) {
      const auto pause = reconnect_pause_min * (1 << std::min(failed_connects_ - 1, 5));
      queue_.await_retry(std::min(pause, reconnect_pause_max));
      continue;
    }
    auto job = queue_.take(idle_check_interval);
    if (connection_->alive()) {
      if (job) serve(std::move(*job));
      if (connection_ && connection_->is_swollen()) disconnect();
      continue;
    }
    log::warn("storage", "a connection to the database was lost", {{"role", role_}});
    disconnect();
    if (job) return_to_queue(*job);
  }
  if (connection_) disconnect();
}

bool pool_worker::connect() {
  connection_options how;
  how.database_url = options_.database_url;
  how.role = role_;
  how.connect_timeout = options_.connect_timeout;
  how.statement_timeout = options_.statement_timeout;
  // A statement that waits for a lock half its time has met something stuck.
  how.lock_timeout = options_.statement_timeout / 2;
  how.idle_in_transaction_timeout = options_.statement_timeout;
  try {
    connection_.emplace(how);
    connection_->prepare(all_statements());
  } catch (const std::exception& error) {
    connection_.reset();
    ++failed_connects_;
    queue_.unreachable();
    if (last_complaint_ != error.what())
      log::error("storage", "cannot connect to the database, trying on",
                 {{"role", role_}, {"error", error.what()}});
    last_complaint_ = error.what();
    return false;
  }
  if (failed_connects_ > 0)
    log::info("storage", "connected to the database again", {{"role", role_}});
  failed_connects_ = 0;
  last_complaint_.clear();
  queue_.connected();
  return true;
}

void pool_worker::disconnect() {
  connection_.reset();
  queue_.disconnected();
}

void pool_worker::return_to_queue(pool_job& job) {
  if (job.losses > losses_max) {
    log::error("storage", "a job was given up: connections keep breaking under it", {});
    const auto why =
        problems::unavailable("database_away", "The connection to the database keeps breaking.");
    return finish(job, &why);
  }
  if (queue_.give_back(job)) return;
  const auto why = shutting_down();
  finish(job, &why);
}

void pool_worker::serve(pool_job job) {
  for (int number = 1;; ++number) {
    const auto outcome = attempt(job, number < attempts_max);
    if (outcome == verdict::finished) return;
    if (outcome == verdict::connection_lost) {
      disconnect();
      ++job.losses;
      return_to_queue(job);
      return;
    }
    std::this_thread::sleep_for(contention_pause(number));
  }
}

void pool_worker::begin(const access& who) {
  if (who.is_engine)
    connection_->simple("BEGIN");
  else
    connection_->simple("BEGIN; SET LOCAL omnistream.tenant = '" + who.tenant_id.to_string() + "'");
}

pool_worker::verdict pool_worker::attempt(pool_job& job, bool may_run_again) {
  try {
    begin(job.who);
    pool_session in(*connection_, timings_);
    const bool commit = job.work(in);
    if (in.failure() && calls_for_another_run(*in.failure())) throw database_error(*in.failure());
    if (commit)
      connection_->commit();
    else
      connection_->rollback();
    if (const auto events = connection_->take_announced(); commit) observer_.tell(events);
    finish(job, nullptr);
    return verdict::finished;
  } catch (const database_error& error) {
    return judge(job, error, may_run_again);
  } catch (const std::exception& error) {
    connection_->rollback();
    connection_->take_announced();
    log::error("storage", "a job failed", {{"error", error.what()}});
    const auto why = problems::internal();
    finish(job, &why);
    return verdict::finished;
  }
}

pool_worker::verdict pool_worker::judge(pool_job& job, const database_error& error,
                                        bool may_run_again) {
  using kind = database_error::kind;
  // Perhaps committed: whoever looks in vain loses nothing. What was not committed exists no more.
  if (const auto events = connection_->take_announced(); error.what_kind() == kind::in_doubt)
    observer_.tell(events);
  if (error.what_kind() == kind::unavailable) return verdict::connection_lost;
  if (error.what_kind() == kind::in_doubt)
    disconnect();
  else
    connection_->rollback();
  if (error.what_kind() == kind::retryable && may_run_again) return verdict::run_again;
  const auto why = problem_of(error);
  if (why.status >= 500)
    log::error("storage", "a transaction failed", {{"code", why.code}, {"error", error.what()}});
  else
    log::info("storage", "a transaction was refused",
              {{"constraint", error.constraint()}, {"error", error.what()}});
  finish(job, &why);
  return verdict::finished;
}

}  // namespace omnistream::storage
