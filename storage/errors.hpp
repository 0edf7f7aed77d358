#pragma once

#include "config/base/result.hpp"
#include "storage/session.hpp"

namespace omnistream::storage {

/// The class of a failure from its SQLSTATE. `committing`: COMMIT had been sent when it came, so a
/// lost connection leaves the outcome open. `connected`: whether the connection survived.
database_error::kind classify(std::string_view sqlstate, bool connected, bool committing);

/// Builds the error of a failed command from libpq's result (may be null: the connection failed
/// without one).
database_error error_of(const pg_conn* connection, const pg_result* result, bool committing);

/// What the API's caller is told. The database's own text stays in the log.
problem problem_of(const database_error& error);

}  // namespace omnistream::storage
