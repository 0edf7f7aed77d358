#include "storage/engine_lock.hpp"

#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "storage/connection.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::storage {
namespace {

using std::chrono::milliseconds;
using test::eventually;
using test::test_database;
using leases = std::vector<std::optional<regained_lease>>;

engine_lock_options options_for(const test_database& database,
                                milliseconds acquire_timeout = milliseconds(10'000)) {
  return {database.url(), "host:42", acquire_timeout};
}

/// Collects what a lock tells.
class recorder {
 public:
  engine_lock::listener listener() {
    return [this](std::optional<regained_lease> lease) {
      const std::lock_guard lock(mutex_);
      heard_.push_back(lease);
    };
  }
  leases heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  std::mutex mutex_;
  leases heard_;
};

void end_session_of_lock(const test_database& database) {
  database.sql(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
      " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
}

TEST(EngineLock, RaisesTheEpochWithEachAcquisition) {
  const test_database database;
  std::int64_t first = 0;
  {
    const engine_lock lock(options_for(database), nullptr);
    first = lock.epoch();
    EXPECT_TRUE(lock.held());
    EXPECT_EQ(database.sql("SELECT epoch FROM engine_lease"), std::to_string(first));
    EXPECT_EQ(database.sql("SELECT owner FROM engine_lease"), "host:42");
  }
  const engine_lock next(options_for(database), nullptr);
  EXPECT_EQ(next.epoch(), first + 1);
}

TEST(EngineLock, KeepsASecondServerOut) {
  const test_database database;
  const engine_lock lock(options_for(database), nullptr);
  try {
    const engine_lock second(options_for(database, milliseconds(100)), nullptr);
    FAIL() << "two servers on one database";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(
        std::string(error.what()).find("Another OmniStream server uses this database (host:42)"),
        std::string::npos)
        << error.what();
  }
  EXPECT_TRUE(lock.held());
}

TEST(EngineLock, IsOnePerDatabaseNotPerServer) {
  const test_database one;
  const test_database two;
  const engine_lock first(options_for(one), nullptr);
  EXPECT_NO_THROW(engine_lock(options_for(two, milliseconds(100)), nullptr));
}

TEST(EngineLock, WaitsForAPredecessorThatLingers) {
  const test_database database;
  auto predecessor = std::make_unique<engine_lock>(options_for(database), nullptr);
  std::thread ending([&] {
    std::this_thread::sleep_for(milliseconds(200));
    predecessor.reset();
  });
  EXPECT_NO_THROW(engine_lock(options_for(database), nullptr));
  ending.join();
}

TEST(EngineLock, TellsOfALossAndOfTheNewEpoch) {
  const test_database database;
  recorder changes;
  const engine_lock lock(options_for(database), changes.listener());
  const auto before = lock.epoch();
  end_session_of_lock(database);
  ASSERT_TRUE(eventually([&] { return changes.heard().size() >= 2; }));
  EXPECT_EQ(changes.heard().size(), 2U);
  EXPECT_FALSE(changes.heard()[0].has_value());
  EXPECT_EQ(changes.heard()[1]->epoch, before + 1);
  EXPECT_FALSE(changes.heard()[1]->displaced);
  EXPECT_EQ(lock.epoch(), before + 1);
  EXPECT_TRUE(lock.held());
}

/// The database died after it had raised the epoch for us and before it told.
TEST(EngineLock, AnEpochOfOursThatWeNeverHeardOfDisplacesNobody) {
  const test_database database;
  recorder changes;
  const engine_lock lock(options_for(database), changes.listener());
  const auto before = lock.epoch();
  database.sql("UPDATE engine_lease SET epoch = epoch + 1");
  end_session_of_lock(database);
  ASSERT_TRUE(eventually([&] { return changes.heard().size() >= 2; }));
  EXPECT_EQ(changes.heard()[1]->epoch, before + 2);
  EXPECT_FALSE(changes.heard()[1]->displaced);
}

TEST(EngineLock, WhomAnotherReplacedStaysDisplaced) {
  const test_database database;
  recorder changes;
  const engine_lock lock(options_for(database), changes.listener());
  database.sql("UPDATE engine_lease SET epoch = epoch + 1, owner = 'host:43'");
  end_session_of_lock(database);
  ASSERT_TRUE(eventually([&] { return changes.heard().size() >= 2; }));
  EXPECT_TRUE(changes.heard()[1]->displaced);
  end_session_of_lock(database);
  ASSERT_TRUE(eventually([&] { return changes.heard().size() >= 4; }));
  EXPECT_TRUE(changes.heard()[3]->displaced) << "the owner is ours again, but was not in between";
}

TEST(EngineLock, StaysOutWhileAnotherHoldsIt) {
  const test_database database;
  recorder changes;
  const engine_lock displaced(options_for(database), changes.listener());
  {
    // Waits at the door, so it is in as soon as the session of the other ends.
    connection successor({.database_url = database.url(), .role = ""});
    std::thread coming([&] { successor.simple("SELECT pg_advisory_lock(7310868734)"); });
    ASSERT_TRUE(eventually([&] {
      return database.sql(
                 "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") !=
             "0";
    }));
    end_session_of_lock(database);
    coming.join();
    ASSERT_TRUE(eventually([&] { return !changes.heard().empty(); }));
    std::this_thread::sleep_for(milliseconds(300));  // time enough to take what is not free
    EXPECT_FALSE(displaced.held());
    EXPECT_EQ(changes.heard().size(), 1U);
  }
  EXPECT_TRUE(eventually([&] { return displaced.held(); }));
}

TEST(EngineLock, SaysWhenTheDatabaseIsNotMigrated) {
  const test_database database(test_database::schema::empty);
  EXPECT_THROW(engine_lock(options_for(database), nullptr), std::runtime_error);
}

}  // namespace
}  // namespace omnistream::storage
