#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/event_observer.hpp"
#include "storage/session.hpp"

namespace omnistream::storage {

/// How to open a connection. A time-out of zero means none.
struct connection_options {
  std::string database_url;  ///< libpq connection string or URI
  std::string role;          ///< SET ROLE after logging in; empty: stay what we logged in as
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds statement_timeout{0};
  std::chrono::milliseconds lock_timeout{0};
  std::chrono::milliseconds idle_in_transaction_timeout{0};
};

/// One libpq connection, used by one thread at a time. Every wait for an answer ends:
/// statement_timeout is the server's duty, and a server that says nothing answer_grace beyond it
/// counts as lost. All calls throw database_error.
class connection {
 public:
  /// Blocks until the server answered or connect_timeout (per address of the URL) passed.
  explicit connection(const connection_options& options);

  /// One or more statements without parameters; the result of the last.
  rows simple(const std::string& sql);
  rows prepared(const char* name, const arguments& with);
  /// Prepared and executed at once, under no name.
  rows unprepared(const char* sql, const arguments& with);
  /// All in one round trip; an error names the statement that failed.
  void prepare(std::span<const statement* const> statements);

  /// COMMIT; a connection lost from here on throws in_doubt. Throws std::logic_error, after
  /// ROLLBACK, if an earlier error has already doomed the transaction.
  void commit();
  /// ROLLBACK; never throws, a broken connection has rolled back as well.
  void rollback() noexcept;

  /// For whom events were written since this was last asked. They exist once the transaction is
  /// committed.
  announced_events take_announced();

  /// Whether it carried so much at once, one way or the other, that it had better be made anew:
  /// libpq keeps room for as much until it ends.
  bool is_swollen() const { return swollen_; }

  /// Whether the connection still stands, as far as can be known without asking the server: cheap.
  bool alive();
  /// For poll(): becomes readable when the server ends the connection.
  int socket() const;
  int server_version() const;  ///< 150004 for 15.4

 private:
  struct closer {
    void operator()(pg_conn* open) const;
  };

  void check_sent(int sent);
  void note_size(std::size_t bytes);
  rows await(bool committing = false);
  void await_input(bool committing);
  void read_prepared(std::span<const statement* const> statements);

  /// In a place of its own: libpq writes to it, wherever this object is moved to.
  std::unique_ptr<announced_events> announced_ = std::make_unique<announced_events>();
  std::unique_ptr<pg_conn, closer> connection_;
  std::chrono::milliseconds answer_timeout_{0};
  bool swollen_ = false;
};

}  // namespace omnistream::storage
