#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace omnistream::storage {

struct engine_lock_options {
  std::string database_url;
  /// This process, as people find it in engine_lease. No other process may ever have the same.
  std::string owner;
  /// How long to wait for the lock: a crashed predecessor's session may linger.
  std::chrono::milliseconds acquire_timeout{10'000};
};

/// What is known when the lock is held again.
struct regained_lease {
  std::int64_t epoch = 0;
  bool displaced = false;  ///< since the first acquisition, another owner held it in between
};

/// The right to be the one process that serves a database: a session advisory lock on a connection
/// of its own, held for the object's life. Each acquisition raises the epoch of engine_lease, so
/// that what a displaced process still tries can be told from what its successor does.
class engine_lock {
 public:
  /// Gets the new lease when the lock was acquired again, or nothing when it was lost (its
  /// connection broke). Called on the lock's own thread, must be short. Not called for the first
  /// acquisition.
  using listener = std::function<void(std::optional<regained_lease>)>;

  /// Blocks until it holds the lock. Throws std::runtime_error with a sentence: another server uses
  /// this database, the database is not reachable, or it is not migrated.
  engine_lock(engine_lock_options options, listener changed);
  ~engine_lock();  ///< lets go of the lock
  engine_lock(const engine_lock&) = delete;
  engine_lock& operator=(const engine_lock&) = delete;

  /// The epoch of the latest acquisition.
  std::int64_t epoch() const;
  /// Whether the lock is held, as far as this process knows: the server may have ended our session
  /// a moment ago.
  bool held() const;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace omnistream::storage
