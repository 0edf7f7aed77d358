#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "storage/statement.hpp"
#include "storage/values.hpp"

struct pg_result;
struct pg_conn;

namespace omnistream::storage {

/// A result set. Owns libpq's result; string views live as long as it does.
class rows {
 public:
  explicit rows(pg_result* result);
  int size() const;  ///< number of rows
  bool empty() const { return size() == 0; }
  std::int64_t affected() const;  ///< rows inserted, updated or deleted
  bool is_null(int row, int column) const;
  std::string_view text(int row, int column) const;  ///< empty for NULL
  std::int64_t integer(int row, int column) const;
  std::vector<std::int64_t> integers(int row, int column) const;  ///< of an array without NULLs
  bool boolean(int row, int column) const;
  uuid id(int row, int column) const;
  timestamp time(int row, int column) const;
  std::optional<std::string> optional_text(int row, int column) const;
  std::optional<uuid> optional_id(int row, int column) const;
  std::optional<timestamp> optional_time(int row, int column) const;

 private:
  std::shared_ptr<pg_result> result_;
};

/// What went wrong in the database, by what the caller can do about it.
class database_error : public std::runtime_error {
 public:
  enum class kind {
    unavailable,  ///< no connection, or lost before COMMIT was sent: nothing happened
    in_doubt,     ///< lost while COMMIT was under way: it may have happened
    conflict,     ///< unique, foreign key, check or exclusion constraint; see constraint()
    retryable,    ///< serialization failure or deadlock: the whole transaction may be run again
    timed_out,    ///< statement or lock time-out
    other,
  };
  database_error(kind what, std::string sqlstate, std::string constraint,
                 const std::string& message);
  kind what_kind() const { return kind_; }
  const std::string& sqlstate() const { return sqlstate_; }
  const std::string& constraint() const { return constraint_; }

 private:
  kind kind_;
  std::string sqlstate_;
  std::string constraint_;
};

/// One connection inside one transaction, handed to a job by the pool; used by one thread at a
/// time.
class session {
 public:
  /// Runs a prepared statement. Throws database_error.
  template <class... Values>
  rows execute(const statement& which, const Values&... values) {
    return run(which, arguments(values...));
  }
  virtual rows run(const statement& which, const arguments& with) = 0;

 protected:
  ~session() = default;
};

}  // namespace omnistream::storage
