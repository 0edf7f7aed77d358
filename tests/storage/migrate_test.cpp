#include "storage/migrate.hpp"

#include <array>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "storage/connection.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::storage {
namespace {

using state = schema_status::state;
using test::test_database;

constexpr std::array<migration, 2> two{
    {{1, "first", "CREATE TABLE first (id int)"}, {2, "second", "CREATE TABLE second (id int)"}}};
constexpr std::array<migration, 1> changed{{{1, "first", "CREATE TABLE first (id bigint)"}}};
constexpr std::array<migration, 2> broken{
    {{1, "first", "CREATE TABLE first (id int)"},
     {2, "second", "CREATE TABLE second (id int); SELECT no_such_function()"}}};

std::string failure_of(const std::string& url, std::span<const migration> migrations) {
  try {
    migrate(url, migrations);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Migrate, AppliesOursOnceInOrder) {
  const test_database database(test_database::schema::empty);
  EXPECT_EQ(schema_state(database.url()).is, state::behind);
  const auto applied = migrate(database.url());
  ASSERT_EQ(applied.size(), all_migrations().size());
  for (std::size_t i = 0; i < applied.size(); ++i)
    EXPECT_EQ(applied[i].version, all_migrations()[i].version);
  EXPECT_TRUE(migrate(database.url()).empty());
  const auto status = schema_state(database.url());
  EXPECT_EQ(status.is, state::current) << status.sentence;
  EXPECT_EQ(status.database_version, all_migrations().back().version);
}

TEST(Migrate, NumbersAreConsecutiveFromOne) {
  int expected = 1;
  for (const auto& each : all_migrations()) EXPECT_EQ(each.version, expected++) << each.name;
}

TEST(Migrate, AppliesWhatIsMissing) {
  const test_database database(test_database::schema::empty);
  migrate(database.url(), std::span(two).first(1));
  const auto applied = migrate(database.url(), two);
  ASSERT_EQ(applied.size(), 1U);
  EXPECT_EQ(applied[0].name, "second");
}

TEST(Migrate, ManyProgramsAtOnceApplyEachOnce) {
  const test_database database(test_database::schema::empty);
  std::vector<std::thread> programs;
  std::atomic<int> applied{0};
  std::atomic<int> failures{0};
  for (int i = 0; i < 6; ++i)
    programs.emplace_back([&] {
      try {
        applied += static_cast<int>(migrate(database.url(), two).size());
      } catch (const std::exception& error) {
        ++failures;
        ADD_FAILURE() << error.what();
      }
    });
  for (auto& each : programs) each.join();
  EXPECT_EQ(applied, 2);
  EXPECT_EQ(failures, 0);
}

TEST(Migrate, ManyDatabasesOfOneClusterAtOnce) {
  std::vector<std::unique_ptr<test_database>> databases;
  for (int i = 0; i < 4; ++i)
    databases.push_back(std::make_unique<test_database>(test_database::schema::empty));
  // As on a fresh cluster, so that they race for the roles as well.
  std::vector<std::thread> programs;
  for (const auto& each : databases)
    programs.emplace_back([&each] {
      try {
        migrate(each->url(), two);
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    });
  for (auto& each : programs) each.join();
}

TEST(Migrate, RefusesADatabaseNewerThanTheProgram) {
  const test_database database(test_database::schema::empty);
  migrate(database.url(), two);
  const auto sentence = failure_of(database.url(), std::span(two).first(1));
  EXPECT_NE(sentence.find("start a newer program"), std::string::npos) << sentence;
  EXPECT_EQ(schema_state(database.url(), std::span(two).first(1)).is, state::newer);
}

TEST(Migrate, RefusesAnAppliedMigrationThatWasChanged) {
  const test_database database(test_database::schema::empty);
  migrate(database.url(), std::span(two).first(1));
  const auto sentence = failure_of(database.url(), changed);
  EXPECT_NE(sentence.find("1 (first)"), std::string::npos) << sentence;
  EXPECT_EQ(schema_state(database.url(), changed).is, state::altered);
}

TEST(Migrate, AFailedMigrationLeavesNothing) {
  const test_database database(test_database::schema::empty);
  const auto sentence = failure_of(database.url(), broken);
  EXPECT_NE(sentence.find("2 (second) failed"), std::string::npos) << sentence;
  EXPECT_EQ(database.sql("SELECT to_regclass('second') IS NULL"), "t");
  EXPECT_EQ(schema_state(database.url(), two).database_version, 1);
  EXPECT_EQ(migrate(database.url(), two).size(), 1U) << "a mended program must be able to go on";
}

TEST(Migrate, WorksForAnOrdinaryUserWhoMayMakeRoles) {
  const test_database database(test_database::schema::empty);
  database.sql("DROP ROLE IF EXISTS ordinary; CREATE ROLE ordinary LOGIN CREATEROLE");
  const auto owned = database.url().substr(database.url().rfind("dbname=") + 7);
  database.sql("ALTER DATABASE " + owned + " OWNER TO ordinary");
  EXPECT_EQ(failure_of(database.url() + " user=ordinary", all_migrations()), "");
  database.sql(
      "REASSIGN OWNED BY ordinary TO omnistream; DROP OWNED BY ordinary; DROP ROLE ordinary");
}

TEST(Migrate, SaysWhenTheDatabaseIsNotThere) {
  EXPECT_EQ(schema_state("host=/nonexistent dbname=nothing").is, state::unreachable);
  EXPECT_NE(failure_of("host=/nonexistent dbname=nothing", two), "");
}

}  // namespace
}  // namespace omnistream::storage
