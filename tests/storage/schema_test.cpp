// What every statement, table and policy of the schema must fulfil, asked of PostgreSQL's own
// catalogue, so that a table or statement added later is covered without a line here.
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "storage/connection.hpp"
#include "storage/pool.hpp"
#include "storage/queries.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::storage {
namespace {

using test::test_database;

constexpr statement add_contact{
    "add_contact", "INSERT INTO contacts (tenant_id, phone_number) VALUES ($1::uuid, $2)", 2};
constexpr statement count_contacts{"count_contacts", "SELECT count(*) FROM contacts", 0};
constexpr statement rename_contacts{"rename_contacts", "UPDATE contacts SET name = 'x'", 0};
constexpr statement move_contacts{"move_contacts", "UPDATE contacts SET tenant_id = $1::uuid", 1};
constexpr statement delete_contacts{"delete_contacts", "DELETE FROM contacts", 0};

pool_options options_for(const test_database& database) {
  pool_options options;
  options.database_url = database.url();
  options.api_connections = 1;
  options.engine_connections = 1;
  return options;
}

/// The names a query gives, one per line; the tests want none.
std::string offenders(const test_database& database, const std::string& query) {
  return database.sql("SELECT coalesce(string_agg(name, ', '), '') FROM (" + query + ") o(name)");
}

/// Two tenants, of whom the first has one contact.
class Isolation : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto added = on_.run(access::tenant(one_), [&](session& in) -> result<done> {
      in.execute(add_contact, one_, "+6281200000001");
      return done{};
    });
    ASSERT_TRUE(added.ok()) << added.error().detail;
  }

  std::int64_t visible_to(access who) {
    return *on_.run(who, [](session& in) -> result<std::int64_t> {
      return in.execute(count_contacts).integer(0, 0);
    });
  }

  /// How many rows a statement touched, or the SQLSTATE it failed with.
  template <class... Values>
  std::string try_as(const uuid& tenant, const statement& which, const Values&... values) {
    std::string outcome;
    const auto ended = on_.run(access::tenant(tenant), [&](session& in) -> result<done> {
      try {
        outcome = std::to_string(in.execute(which, values...).affected());
        return done{};
      } catch (const database_error& error) {
        outcome = error.sqlstate();
        return problems::internal();
      }
    });
    EXPECT_EQ(ended.ok(), outcome.size() != 5);
    return outcome;
  }

  test_database database_;
  pool on_{options_for(database_)};
  uuid one_ = uuid::v7(system_now());
  uuid two_ = uuid::v7(system_now());
};

TEST_F(Isolation, ATenantSeesItsOwnRows) {
  EXPECT_EQ(visible_to(access::tenant(one_)), 1);
  EXPECT_EQ(visible_to(access::tenant(two_)), 0);
  EXPECT_EQ(visible_to(access::engine()), 1);
}

TEST_F(Isolation, ATenantCannotTouchAnothersRows) {
  EXPECT_EQ(try_as(two_, rename_contacts), "0");
  EXPECT_EQ(try_as(two_, delete_contacts), "0");
  EXPECT_EQ(visible_to(access::tenant(one_)), 1);
}

TEST_F(Isolation, ATenantCannotWriteForAnother) {
  EXPECT_EQ(try_as(two_, add_contact, one_, "+6281200000002"), "42501");
  EXPECT_EQ(try_as(one_, move_contacts, two_), "42501");
  EXPECT_EQ(visible_to(access::tenant(one_)), 1);
}

TEST_F(Isolation, NothingIsVisibleWithoutATenant) {
  connection api({.database_url = database_.url(), .role = "omnistream_api"});
  EXPECT_EQ(api.simple("SELECT count(*) FROM contacts").integer(0, 0), 0);
  // A setting that was set once in a session is an empty text afterwards, not absent.
  api.simple("BEGIN; SET LOCAL omnistream.tenant = '" + one_.to_string() + "'");
  EXPECT_EQ(api.simple("SELECT count(*) FROM contacts").integer(0, 0), 1);
  api.commit();
  EXPECT_EQ(api.simple("SELECT count(*) FROM contacts").integer(0, 0), 0);
}

TEST(Schema, EveryStatementCanBePreparedAndCountsItsParameters) {
  const test_database database;
  for (const char* role : {"omnistream_api", "omnistream_engine"}) {
    connection on({.database_url = database.url(), .role = role});
    ASSERT_NO_THROW(on.prepare(all_statements()));
    for (const auto* each : all_statements()) {
      const auto found = on.unprepared(
          "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = $1",
          arguments(each->name));
      ASSERT_EQ(found.size(), 1) << each->name;
      EXPECT_EQ(found.integer(0, 0), each->parameter_count) << each->name << " skips a parameter";
    }
  }
}

TEST(Schema, StatementNamesAreUnique) {
  std::set<std::string> seen;
  for (const auto* each : all_statements())
    EXPECT_TRUE(seen.insert(each->name).second) << each->name;
}

TEST(Schema, AStatementThatCannotBePreparedIsNamed) {
  const test_database database;
  connection on({.database_url = database.url(), .role = "omnistream_engine"});
  constexpr statement good{"good", "SELECT 1", 0};
  constexpr statement bad{"the_bad_one", "SELECT no_such_column", 0};
  const std::array<const statement*, 3> list{&good, &bad, &good};
  try {
    on.prepare(list);
    FAIL() << "prepared nonsense";
  } catch (const database_error& error) {
    EXPECT_NE(std::string(error.what()).find("the_bad_one"), std::string::npos) << error.what();
  }
}

TEST(Schema, RowLevelSecurityIsForcedOnWhatHasATenant) {
  const test_database database;
  EXPECT_EQ(
      offenders(
          database,
          "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
          " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
          " AND a.attname = 'tenant_id' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"),
      "");
}

TEST(Schema, TheApiRoleReachesOnlyTablesWithRowLevelSecurity) {
  const test_database database;
  EXPECT_EQ(
      offenders(
          database,
          "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
          " AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relrowsecurity"
          " AND relname <> 'schema_migrations'"
          " AND has_table_privilege('omnistream_api', oid, 'SELECT, INSERT, UPDATE, DELETE')"),
      "");
}

TEST(Schema, NoRoleAndNoFunctionGoesAroundRowLevelSecurity) {
  const test_database database;
  EXPECT_EQ(offenders(database,
                      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'omnistream\\_%'"
                      " AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole)"),
            "");
  EXPECT_EQ(
      offenders(
          database,
          "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"),
      "");
}

TEST(Schema, EveryPolicyOfTheApiRoleAsksForTheTenant) {
  const test_database database;
  EXPECT_EQ(
      offenders(
          database,
          "SELECT tablename || '.' || policyname FROM pg_policies"
          " WHERE ('omnistream_api' = ANY(roles) OR 'public' = ANY(roles))"
          " AND (coalesce(qual, '') || coalesce(with_check, '')) NOT LIKE '%current_tenant()%'"),
      "");
}

TEST(Schema, ThePoolTimesNamedStatements) {
  const test_database database;
  pool on(options_for(database));
  for (int i = 0; i < 3; ++i) {
    const auto found =
        on.run(access::tenant(uuid::v7(system_now())), [](session& in) -> result<int> {
          return in.execute(queries::campaign_get, uuid::v7(system_now())).size();
        });
    ASSERT_TRUE(found.ok()) << found.error().detail;
  }
  const auto timings = on.statistics().statements;
  ASSERT_EQ(timings.size(), 1U);
  EXPECT_EQ(timings[0].name, "campaign_get");
  EXPECT_EQ(timings[0].count, 3U);
  EXPECT_GT(timings[0].total_seconds, 0);
  EXPECT_GE(timings[0].total_seconds, timings[0].max_seconds);
}

}  // namespace
}  // namespace omnistream::storage
