#include "storage/engine_lock.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "config/base/log.hpp"
#include "storage/connection.hpp"

namespace omnistream::storage {
namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

/// Of the advisory lock; any number that nobody else uses.
constexpr const char* try_lock = "SELECT pg_try_advisory_lock(7310868734)";
constexpr milliseconds try_interval{50};
constexpr milliseconds retry_pause_min{100};
constexpr milliseconds retry_pause_max{2'000};
/// How often a connection that seems well is asked; between, its end is noticed through the socket.
constexpr milliseconds probe_interval{5'000};
/// A server that does not answer for this long counts as lost.
constexpr milliseconds statement_timeout{5'000};

connection open(const std::string& database_url) {
  return connection({.database_url = database_url,
                     .role = "omnistream_engine",
                     .statement_timeout = statement_timeout,
                     .lock_timeout = statement_timeout});
}

bool take(connection& on) {
  return on.simple(try_lock).boolean(0, 0);
}

std::int64_t raise_epoch(connection& on, const std::string& owner) {
  const auto row = on.unprepared(
      "UPDATE engine_lease SET epoch = epoch + 1, acquired_at = now(), owner = $1 WHERE id = 1 "
      "RETURNING epoch",
      arguments(owner));
  if (row.empty()) throw std::runtime_error("engine_lease has no row: run `omnistream migrate`.");
  return row.integer(0, 0);
}

/// Who raised the epoch last.
std::string last_owner(connection& on) {
  const auto lease = on.simple("SELECT coalesce(owner, '') FROM engine_lease");
  return lease.empty() ? "" : std::string(lease.text(0, 0));
}

/// Wakes a thread that sleeps in poll().
class wake_up {
 public:
  wake_up() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~wake_up() { close(descriptor_); }
  wake_up(const wake_up&) = delete;
  wake_up& operator=(const wake_up&) = delete;

  void call() { eventfd_write(descriptor_, 1); }
  /// Sleeps until called, `other` (if not -1) becomes readable, or the time is over; true if
  /// called.
  bool sleep(milliseconds length, int other = -1) {
    std::array<pollfd, 2> waiting{{{descriptor_, POLLIN, 0}, {other, POLLIN, 0}}};
    poll(waiting.data(), waiting.size(), static_cast<int>(length.count()));
    return (waiting[0].revents & POLLIN) != 0;
  }

 private:
  int descriptor_;
};

}  // namespace

class engine_lock::impl {
 public:
  impl(engine_lock_options options, listener changed)
      : options_(std::move(options)), changed_(std::move(changed)) {
    acquire_first();
    thread_ = std::thread([this] { guard(); });
  }

  ~impl() {
    wake_.call();
    thread_.join();
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  std::int64_t epoch() const { return epoch_; }
  bool held() const { return held_; }

 private:
  void acquire_first() {
    connection_.emplace(open(options_.database_url));
    const auto deadline = clock::now() + options_.acquire_timeout;
    while (!take(*connection_)) {
      if (clock::now() >= deadline)
        throw std::runtime_error("Another OmniStream server uses this database" + other_owner() +
                                 ": stop it first, or give this one a database of its own.");
      std::this_thread::sleep_for(try_interval);
    }
    epoch_ = raise_epoch(*connection_, options_.owner);
    held_ = true;
  }

  std::string other_owner() {
    const auto owner = last_owner(*connection_);
    return owner.empty() ? "" : " (" + owner + ")";
  }

  void guard() {
    pthread_setname_np(pthread_self(), "db-engine-lock");
    for (;;) {
      if (watch()) return;
      held_ = false;
      connection_.reset();
      log::error("storage", "The lock on the database was lost, taking it again");
      tell(std::nullopt);
      if (regain()) return;
      log::warn("storage", "The lock on the database is ours again", {{"epoch", epoch_.load()}});
      tell(regained_lease{epoch_, displaced_});
    }
  }

  /// Returns false when the connection broke, true when we are to stop.
  bool watch() {
    while (connection_->alive()) {
      if (wake_.sleep(probe_interval, connection_->socket())) return true;
      if (!connection_->alive() || !answers()) return false;
    }
    return false;
  }

  bool answers() {
    try {
      connection_->simple("SELECT 1");
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  /// Tries until the lock is ours; true when we are to stop.
  bool regain() {
    auto pause = retry_pause_min;
    while (!wake_.sleep(pause)) {
      pause = std::min(pause * 2, retry_pause_max);
      if (try_once()) return false;
    }
    return true;
  }

  bool try_once() {
    try {
      if (!connection_ || !connection_->alive()) connection_.emplace(open(options_.database_url));
      if (!take(*connection_)) return complain("another server holds it");
      // Looked at before the epoch is raised and never forgotten: how far the epoch has come tells
      // nothing, because the answer to a raise of our own may have been lost.
      if (last_owner(*connection_) != options_.owner) displaced_ = true;
      epoch_ = raise_epoch(*connection_, options_.owner);
      held_ = true;
      last_complaint_.clear();
      return true;
    } catch (const std::exception& error) {
      connection_.reset();
      return complain(error.what());
    }
  }

  bool complain(const std::string& why) {
    if (std::exchange(last_complaint_, why) != why)
      log::warn("storage", "The lock on the database cannot be taken yet", {{"error", why}});
    return false;
  }

  void tell(std::optional<regained_lease> lease) {
    if (changed_) changed_(lease);
  }

  const engine_lock_options options_;
  const listener changed_;
  wake_up wake_;
  std::optional<connection> connection_;
  std::atomic<std::int64_t> epoch_{0};
  std::atomic<bool> held_{false};
  bool displaced_ = false;
  std::string last_complaint_;
  std::thread thread_;
};

engine_lock::engine_lock(engine_lock_options options, listener changed)
    : impl_(std::make_unique<impl>(std::move(options), std::move(changed))) {}

engine_lock::~engine_lock() = default;

std::int64_t engine_lock::epoch() const {
  return impl_->epoch();
}

bool engine_lock::held() const {
  return impl_->held();
}

}  // namespace omnistream::storage
