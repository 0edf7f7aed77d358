#pragma once

#include <memory>
#include <string>

namespace omnistream::storage {

struct embedded_options {
  std::string data_dir;  ///< the cluster lives in data_dir/postgres
  std::string
      bin_dir;  ///< where initdb and postgres are; empty: found (PATH, /usr/lib/postgresql/*/bin)
  int start_timeout_ms = 30'000;
  int stop_timeout_ms = 20'000;
};

/// A private PostgreSQL: made by initdb on first use, reachable through a unix socket only, owned
/// by this process and ended with it. As root it runs as an unprivileged user. If a server already
/// runs on the folder (left by a crash, or owned by a running `omnistream serve`) it is used, and
/// left alone at the end unless it was adopted.
class embedded_server {
 public:
  /// Blocks until it answers; throws std::runtime_error with a sentence that says what to do.
  static std::unique_ptr<embedded_server> start(const embedded_options& options);
  virtual ~embedded_server() = default;  ///< stops it (fast shutdown) if this process started it
  virtual const std::string& database_url()
      const = 0;  ///< libpq connection string to the database `omnistream`
};

}  // namespace omnistream::storage
