#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "storage/event_observer.hpp"
#include "storage/session.hpp"
#include "storage/statement_timings.hpp"

namespace omnistream::storage {

/// Whose rows a transaction may see. `tenant` runs as the role omnistream_api with the tenant set
/// for the transaction, so row level security shows that tenant alone. `engine` runs as
/// omnistream_engine, which sees all tenants: only for the campaign engine, webhook ingestion and
/// finding out who a caller is.
struct access {
  static access tenant(const uuid& id) { return {id, false}; }
  static access engine() { return {uuid{}, true}; }
  uuid tenant_id;
  bool is_engine = false;
};

struct pool_options {
  std::string database_url;            ///< libpq connection string or URI
  std::size_t api_connections = 4;     ///< threads and connections for access::tenant
  std::size_t engine_connections = 3;  ///< threads and connections for access::engine
  std::size_t queue_jobs_max = 4096;   ///< waiting jobs per role; more are refused with 503 `busy`
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::milliseconds connect_timeout{5'000};
  /// How long a job may wait for a database that is away before it fails with 503 `database_away`.
  std::chrono::milliseconds away_timeout{1'000};
};

/// What a pool is doing, for /metrics.
struct pool_statistics {
  std::vector<statement_timing> statements;  ///< those that ran at least once
  std::size_t api_waiting = 0;               ///< jobs not begun yet
  std::size_t engine_waiting = 0;
  std::size_t api_connected = 0;  ///< connections that stand
  std::size_t engine_connected = 0;
};

/// Worker threads, each with one libpq connection that has all statements prepared. The only way to
/// the database. Thread-safe. Completions run on a pool thread, or, when the pool cannot take the
/// job, at once on the caller's; exactly once per job. They must be short (send a message, post).
class pool {
 public:
  /// Returns at once; connections are made in the background, jobs wait for the first one up to
  /// connect_timeout.
  explicit pool(pool_options options);
  ~pool();  ///< as stop()
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  /// Runs `job(session&)` in one transaction and gives `done` its result after COMMIT, or the
  /// problem: 503 `database_away`, 503 `busy`, 503 `in_doubt`, 500 for the rest. A job that returns
  /// result<T> with a problem is rolled back. The job may be run again from its beginning
  /// (deadlock, connection lost before COMMIT), so it must have no effects outside the session.
  template <class Job, class Done>
  void submit(access who, Job job, Done done);

  /// The same for callers that may block: start-up, command line, tests. Never from an actor or an
  /// io thread.
  template <class Job>
  auto run(access who, Job job);

  /// Finishes the jobs in progress, fails the waiting ones with 503, and later ones at once. All
  /// completions were called when it returns. Never from a completion.
  void stop();

  /// `tell` is called after every COMMIT that wrote events, for outgoing webhooks or live ones,
  /// before the job's completion. A lost connection may lose it: look for events now and then as
  /// well.
  void observe_events(event_observer::function tell);

  /// Whether each role has a connection that stands: for /ready. A database that went away is
  /// noticed, and one that came back is found, without any job.
  bool reachable() const;
  pool_statistics statistics() const;

  /// Type-erased core of submit. `work` runs in a transaction and says whether to commit;
  /// `finish` gets the problem if it could not be committed.
  void enqueue(access who, std::function<bool(session&)> work,
               std::function<void(const problem*)> finish);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

namespace detail {
template <class T>
struct unwrap {
  using type = T;
};
template <class T>
struct unwrap<result<T>> {
  using type = T;
};
template <class Job>
using job_value = typename unwrap<std::invoke_result_t<Job&, session&>>::type;
}  // namespace detail

template <class Job, class Done>
void pool::submit(access who, Job job, Done done) {
  using value = detail::job_value<Job>;
  auto slot = std::make_shared<std::optional<result<value>>>();
  enqueue(
      who,
      [slot, job = std::move(job)](session& in) mutable {
        slot->emplace(job(in));
        return (*slot)->ok();
      },
      [slot, done = std::move(done)](const problem* why) mutable {
        if (why != nullptr)
          done(result<value>(*why));
        else
          done(std::move(**slot));
      });
}

}  // namespace omnistream::storage

#include "storage/pool_run.hpp"
