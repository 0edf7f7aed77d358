#include "storage/migrate.hpp"

#include <array>
#include <map>

#include <openssl/evp.h>

#include "config/base/log.hpp"
#include "storage/connection.hpp"

namespace omnistream::storage {
namespace {

constexpr int server_version_min = 150'000;
/// How long to wait for another program that is migrating, or for a lock on a table in use.
constexpr std::chrono::milliseconds lock_timeout{60'000};
/// Of the advisory lock; any number that nobody else uses.
constexpr const char* lock_key = "7310868733";

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

std::string named(int version, const std::string& name) {
  return std::to_string(version) + " (" + name + ")";
}

/// The migrations a database has, by version.
struct recorded {
  std::string name;
  std::string checksum;
};
using history = std::map<int, recorded>;

history read_history(connection& on) {
  history applied;
  if (on.simple("SELECT to_regclass('schema_migrations')").is_null(0, 0)) return applied;
  const auto list =
      on.simple("SELECT version, name, checksum FROM schema_migrations ORDER BY version");
  for (int i = 0; i < list.size(); ++i)
    applied[static_cast<int>(list.integer(i, 0))] = {std::string(list.text(i, 1)),
                                                     std::string(list.text(i, 2))};
  return applied;
}

schema_status compare(const history& applied, std::span<const migration> known) {
  using state = schema_status::state;
  schema_status status;
  status.program_version = known.empty() ? 0 : known.back().version;
  status.database_version = applied.empty() ? 0 : applied.rbegin()->first;
  if (status.database_version > status.program_version) {
    status.is = state::newer;
    status.sentence = "The database is at version " + std::to_string(status.database_version) +
                      ", this program knows only " + std::to_string(status.program_version) +
                      ": start a newer program, or restore a backup made before the upgrade.";
    return status;
  }
  std::size_t missing = 0;
  for (const auto& each : known) {
    const auto found = applied.find(each.version);
    if (found == applied.end()) {
      ++missing;
    } else if (found->second.checksum != sha256_hex(each.sql)) {
      status.is = state::altered;
      status.sentence =
          "Migration " + named(each.version, each.name) +
          " was applied with another text than this program has: start the program the database "
          "was migrated with, or restore a backup.";
      return status;
    }
  }
  status.is = missing == 0 ? state::current : state::behind;
  status.sentence =
      missing == 0
          ? "The database is at version " + std::to_string(status.database_version) + "."
          : std::to_string(missing) + " migration(s) are missing: run `omnistream migrate`.";
  return status;
}

/// Roles belong to the cluster, so two databases of it may be migrated at once: losing that race is
/// no error.
void create_role(connection& on, const std::string& role) {
  on.simple(
      "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '" + role +
      "') THEN CREATE ROLE " + role +
      " NOLOGIN; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
}

bool may_become(connection& on, const std::string& role) {
  try {
    on.simple("SET ROLE " + role);
    on.simple("RESET ROLE");
    return true;
  } catch (const database_error& error) {
    if (error.sqlstate() != "42501") throw;
    return false;
  }
}

void provide_role(connection& on, const std::string& role) {
  try {
    create_role(on, role);
    if (!may_become(on, role)) on.simple("GRANT " + role + " TO CURRENT_USER");
  } catch (const database_error& error) {
    if (may_become(on, role)) return;  // a program that migrates another database was faster
    throw std::runtime_error("The database user cannot use the role " + role + " (" + error.what() +
                             "): let an administrator run `CREATE ROLE " + role +
                             " NOLOGIN; GRANT " + role + " TO <this user>` in the cluster.");
  }
}

void prepare_database(connection& on) {
  if (on.server_version() < server_version_min)
    throw std::runtime_error("PostgreSQL 15 or newer is needed; the server is " +
                             std::to_string(on.server_version() / 10'000) + ".");
  if (on.simple("SHOW server_encoding").text(0, 0) != "UTF8")
    throw std::runtime_error(
        "The database is not encoded in UTF8: create it with ENCODING 'UTF8'.");
  provide_role(on, "omnistream_api");
  provide_role(on, "omnistream_engine");
  try {
    on.simple(std::string("SELECT pg_advisory_lock(") + lock_key + ")");
  } catch (const database_error& error) {
    if (error.what_kind() != database_error::kind::timed_out) throw;
    throw std::runtime_error(
        "Another program has been migrating this database for a minute: wait for it.");
  }
  on.simple(
      "CREATE TABLE IF NOT EXISTS schema_migrations (version int PRIMARY KEY, name text NOT NULL,"
      " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
      "GRANT SELECT ON schema_migrations TO omnistream_api, omnistream_engine");
}

void apply(connection& on, const migration& which) {
  try {
    on.simple("BEGIN");
    on.simple(which.sql);
    on.unprepared("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                  arguments(which.version, which.name, sha256_hex(which.sql)));
    on.commit();
  } catch (const database_error& error) {
    on.rollback();
    throw std::runtime_error("Migration " + named(which.version, which.name) +
                             " failed: " + error.what() + ". Nothing of it was applied.");
  }
  log::info("storage", "migration applied", {{"version", which.version}, {"name", which.name}});
}

}  // namespace

std::vector<applied_migration> migrate(const std::string& database_url,
                                       std::span<const migration> migrations) {
  connection on({.database_url = database_url, .role = "", .lock_timeout = lock_timeout});
  prepare_database(on);
  const auto applied = read_history(on);
  const auto status = compare(applied, migrations);
  if (status.is == schema_status::state::newer || status.is == schema_status::state::altered)
    throw std::runtime_error(status.sentence);
  std::vector<applied_migration> fresh;
  for (const auto& each : migrations) {
    if (applied.contains(each.version)) continue;
    apply(on, each);
    fresh.push_back({each.version, each.name});
  }
  return fresh;  // the lock goes with the connection
}

schema_status schema_state(const std::string& database_url, std::span<const migration> migrations) {
  try {
    connection on({.database_url = database_url, .role = ""});
    return compare(read_history(on), migrations);
  } catch (const std::exception& error) {
    schema_status status;
    status.program_version = migrations.empty() ? 0 : migrations.back().version;
    status.sentence = std::string("The database cannot be asked: ") + error.what();
    return status;
  }
}

}  // namespace omnistream::storage
