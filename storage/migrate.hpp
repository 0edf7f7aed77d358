#pragma once

#include <span>
#include <string>
#include <vector>

#include "storage/migrations.hpp"

namespace omnistream::storage {

/// One migration as it was applied.
struct applied_migration {
  int version = 0;
  std::string name;
};

/// Brings the schema of the database up to this program's: each missing migration in one
/// transaction, in order, under an advisory lock, so that several programs may try at once. Makes
/// the cluster's roles omnistream_api and omnistream_engine where they are missing. Returns what it
/// applied, nothing if all was there. Throws std::runtime_error with a sentence that says what to
/// do: database newer than the program, an applied migration was changed, no right to make the
/// roles, not reachable, not UTF-8, PostgreSQL older than 15.
std::vector<applied_migration> migrate(const std::string& database_url,
                                       std::span<const migration> migrations = all_migrations());

/// How the schema of a database compares with this program.
struct schema_status {
  enum class state {
    current,      ///< all migrations are applied
    behind,       ///< some are missing: `omnistream migrate`
    newer,        ///< the database has migrations this program does not know
    altered,      ///< an applied migration differs from the program's
    unreachable,  ///< no connection
  };
  state is = state::unreachable;
  int database_version = 0;  ///< highest applied; 0 for an empty database
  int program_version = 0;
  std::string sentence;  ///< for a person, with what to do
};
/// Never throws.
schema_status schema_state(const std::string& database_url,
                           std::span<const migration> migrations = all_migrations());

}  // namespace omnistream::storage
