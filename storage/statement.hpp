#pragma once

#include <span>

namespace omnistream::storage {

/// One named SQL statement of storage/queries/*.sql, prepared under its name on every connection.
/// Declared in the generated header storage/queries.hpp; there is no other way to send SQL.
struct statement {
  const char* name;
  const char* sql;
  int parameter_count;
};

/// Every statement of every file, in the files' order.
std::span<const statement* const> all_statements();

}  // namespace omnistream::storage
