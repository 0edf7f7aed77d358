#include "storage/pool.hpp"

#include <algorithm>
#include <thread>

#include <pthread.h>

#include "config/base/log.hpp"
#include "storage/pool_worker.hpp"

namespace omnistream::storage {
namespace {

using std::chrono::milliseconds;

void name_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());  // 15 characters is Linux's limit
}

problem database_away() {
  return problems::unavailable("database_away", "The database cannot be reached; try again.");
}

problem busy() {
  return problems::unavailable("busy", "Too many database operations are waiting; try again.");
}

}  // namespace

class pool::impl {
 public:
  explicit impl(pool_options options)
      : options_(std::move(options)),
        api_(options_.queue_jobs_max, pool_queue::clock::now() + options_.connect_timeout),
        engine_(options_.queue_jobs_max, pool_queue::clock::now() + options_.connect_timeout) {
    start_workers(options_.api_connections, "omnistream_api", "db-api", api_);
    start_workers(options_.engine_connections, "omnistream_engine", "db-engine", engine_);
    janitor_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
  }

  ~impl() { stop(); }

  void stop() {
    janitor_.request_stop();
    for (auto* queue : {&api_, &engine_}) {
      const auto why = pool_worker::shutting_down();
      for (const auto& job : queue->close()) pool_worker::finish(job, &why);
    }
    workers_.clear();  // joins
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  void enqueue(pool_job job) {
    auto& queue = job.who.is_engine ? engine_ : api_;
    const auto outcome = queue.offer(job);
    if (outcome == pool_queue::admission::accepted) return;
    const auto why = outcome == pool_queue::admission::full ? busy() : pool_worker::shutting_down();
    pool_worker::finish(job, &why);
  }

  void observe_events(event_observer::function tell) { observer_.set(std::move(tell)); }

  bool reachable() const { return api_.is_connected() && engine_.is_connected(); }

  pool_statistics statistics() const {
    return {timings_.snapshot(), api_.size(), engine_.size(), api_.connections(),
            engine_.connections()};
  }

 private:
  void start_workers(std::size_t count, const char* role, const char* thread_name,
                     pool_queue& queue) {
    for (std::size_t i = 0; i < count; ++i)
      workers_.emplace_back([this, role, &queue, name = thread_name + ("-" + std::to_string(i))] {
        name_thread(name);
        pool_worker(options_, role, queue, timings_, observer_).run();
      });
  }

  /// Workers may be stuck connecting while the database is away, so somebody else ends the jobs'
  /// waiting.
  void watch(const std::stop_token& stop) {
    name_thread("db-janitor");
    const auto pause = std::clamp(options_.away_timeout / 10, milliseconds(5), milliseconds(50));
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, stop, pause, [&stop] { return stop.stop_requested(); }))
      for (auto* queue : {&api_, &engine_}) {
        const auto why = database_away();
        for (const auto& job : queue->take_expired(options_.away_timeout))
          pool_worker::finish(job, &why);
      }
  }

  const pool_options options_;
  statement_timings timings_;
  event_observer observer_;
  pool_queue api_;
  pool_queue engine_;
  std::vector<std::jthread> workers_;
  std::jthread janitor_;
};

pool::pool(pool_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

pool::~pool() = default;

void pool::stop() {
  impl_->stop();
}

void pool::enqueue(access who, std::function<bool(session&)> work,
                   std::function<void(const problem*)> finish) {
  impl_->enqueue({who, std::move(work), std::move(finish), {}, 0});
}

void pool::observe_events(event_observer::function tell) {
  impl_->observe_events(std::move(tell));
}

bool pool::reachable() const {
  return impl_->reachable();
}

pool_statistics pool::statistics() const {
  return impl_->statistics();
}

}  // namespace omnistream::storage
