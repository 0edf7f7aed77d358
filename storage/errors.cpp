#include "storage/errors.hpp"

#include <libpq-fe.h>

#include "config/base/text.hpp"

namespace omnistream::storage {
namespace {

std::string field(const pg_result* result, int code) {
  const char* text = result != nullptr ? PQresultErrorField(result, code) : nullptr;
  return text != nullptr ? text : "";
}

/// The server ends the session or cannot take one: shutdown, crash of another session, start-up,
/// dropped database, idle too long in a transaction, connection exceptions.
bool ends_connection(std::string_view sqlstate) {
  return sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "25P03";
}

}  // namespace

database_error::database_error(kind what, std::string sqlstate, std::string constraint,
                               const std::string& message)
    : std::runtime_error(message),
      kind_(what),
      sqlstate_(std::move(sqlstate)),
      constraint_(std::move(constraint)) {}

database_error::kind classify(std::string_view sqlstate, bool connected, bool committing) {
  using kind = database_error::kind;
  if (!connected || ends_connection(sqlstate))
    return committing ? kind::in_doubt : kind::unavailable;
  if (sqlstate == "40001" || sqlstate == "40P01") return kind::retryable;
  if (sqlstate == "57014" || sqlstate == "55P03") return kind::timed_out;
  if (sqlstate.starts_with("23")) return kind::conflict;
  return kind::other;
}

database_error error_of(const pg_conn* connection, const pg_result* result, bool committing) {
  const auto sqlstate = field(result, PG_DIAG_SQLSTATE);
  std::string message(trimmed(field(result, PG_DIAG_MESSAGE_PRIMARY)));
  if (message.empty()) message = trimmed(PQerrorMessage(connection));
  const bool connected = PQstatus(connection) == CONNECTION_OK;
  return {classify(sqlstate, connected, committing), sqlstate,
          field(result, PG_DIAG_CONSTRAINT_NAME),
          message + (sqlstate.empty() ? "" : " (SQLSTATE " + sqlstate + ")")};
}

problem problem_of(const database_error& error) {
  switch (error.what_kind()) {
    case database_error::kind::unavailable:
      return problems::unavailable("database_away", "The database cannot be reached; try again.");
    case database_error::kind::in_doubt:
      return problems::unavailable(
          "in_doubt",
          "The connection to the database broke while the change was being "
          "committed: it may have been made. Read before trying again.");
    case database_error::kind::conflict:
      return problems::conflict("conflict", "The change contradicts data that exists already.");
    case database_error::kind::retryable:
      return problems::unavailable(
          "database_contention",
          "Other changes of the same data kept getting in between; try again.");
    case database_error::kind::timed_out:
      return problems::unavailable("database_timeout", "The database took too long; try again.");
    case database_error::kind::other:
      break;
  }
  if (error.sqlstate().starts_with("53"))
    return problems::unavailable("database_exhausted",
                                 "The database is out of disk space, memory or connections.", 10);
  if (error.sqlstate() == "22021" || error.sqlstate() == "22P05")
    return problems::bad_request("invalid_text",
                                 "A text holds a NUL character or is not valid UTF-8.");
  return problems::internal();
}

}  // namespace omnistream::storage
