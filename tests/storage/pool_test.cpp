#include "storage/pool.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "storage/connection.hpp"
#include "storage/embedded_server.hpp"
#include "storage/migrate.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::eventually;
using test::test_database;

// Statements that no query file holds: a pool sends them unprepared.
constexpr statement select_one{"select_one", "SELECT 1", 0};
constexpr statement backend_pid{"backend_pid", "SELECT pg_backend_pid()", 0};
constexpr statement length_of{"length_of", "SELECT length($1::text)", 1};
constexpr statement large_text{"large_text", "SELECT repeat('x', 9000000)", 0};
constexpr statement sleep_long{"sleep_long", "SELECT pg_sleep(30)", 0};
constexpr statement fill{"fill", "INSERT INTO shelf VALUES ($1::int, $2::text)", 2};
constexpr statement lock_row{"lock_row", "UPDATE shelf SET label = label WHERE id = $1::int", 1};
constexpr statement who_am_i{"who_am_i",
                             "SELECT current_user, current_setting('omnistream.tenant', true)", 0};

pool_options options_for(const std::string& url) {
  pool_options options;
  options.database_url = url;
  options.api_connections = 2;
  options.engine_connections = 2;
  options.away_timeout = milliseconds(300);
  return options;
}

result<std::int64_t> one(session& in) {
  return in.execute(select_one).integer(0, 0);
}

/// A table the roles may use, for jobs that write.
void make_shelf(const test_database& database) {
  database.sql(
      "CREATE TABLE shelf (id int PRIMARY KEY, label text);"
      "GRANT ALL ON shelf TO omnistream_api, omnistream_engine");
}

/// Opens once; waiters get through then.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(30), [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST(Pool, RunsAJobAndGivesItsResult) {
  const test_database database;
  pool on(options_for(database.url()));
  const auto answer = on.run(access::engine(), one);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(*answer, 1);
  EXPECT_TRUE(eventually([&] { return on.reachable(); }));
}

TEST(Pool, RunsAsTheRoleWithTheTenantOfItsAccess) {
  const test_database database;
  pool on(options_for(database.url()));
  const auto tenant = uuid::v7(system_now());
  const auto identity = [](session& in) -> result<std::string> {
    const auto row = in.execute(who_am_i);
    return std::string(row.text(0, 0)) + "/" + std::string(row.text(0, 1));
  };
  EXPECT_EQ(*on.run(access::tenant(tenant), identity), "omnistream_api/" + tenant.to_string());
  EXPECT_EQ(*on.run(access::engine(), identity), "omnistream_engine/");
}

TEST(Pool, ForgetsTheTenantAfterTheTransaction) {
  const test_database database;
  auto options = options_for(database.url());
  options.api_connections = 1;
  pool on(options);
  const auto tenant = uuid::v7(system_now());
  ASSERT_TRUE(on.run(access::tenant(tenant), one).ok());
  // The next job of the same connection begins with another tenant, never with the last one.
  const auto other = uuid::v7(system_now());
  const auto seen = on.run(access::tenant(other), [](session& in) -> result<std::string> {
    return std::string(in.execute(who_am_i).text(0, 1));
  });
  EXPECT_EQ(*seen, other.to_string());
}

TEST(Pool, RollsBackAJobThatReturnsAProblem) {
  const test_database database;
  make_shelf(database);
  pool on(options_for(database.url()));
  const auto outcome = on.run(access::engine(), [](session& in) -> result<done> {
    in.execute(fill, 1, "gone");
    return problems::wrong_state("no", "not now");
  });
  EXPECT_EQ(outcome.error().code, "no");
  EXPECT_EQ(database.sql("SELECT count(*) FROM shelf"), "0");
}

TEST(Pool, TurnsAConstraintIntoAConflict) {
  const test_database database;
  make_shelf(database);
  pool on(options_for(database.url()));
  const auto insert = [](session& in) -> result<done> {
    in.execute(fill, 1, "x");
    return done{};
  };
  EXPECT_TRUE(on.run(access::engine(), insert).ok());
  const auto again = on.run(access::engine(), insert);
  EXPECT_EQ(again.error().status, 409);
  EXPECT_EQ(again.error().code, "conflict");
}

TEST(Pool, LetsAJobHandleItsConflict) {
  const test_database database;
  make_shelf(database);
  database.sql("INSERT INTO shelf VALUES (1, 'x')");
  pool on(options_for(database.url()));
  const auto outcome = on.run(access::engine(), [](session& in) -> result<done> {
    try {
      in.execute(fill, 1, "x");
    } catch (const database_error& error) {
      return problems::conflict("taken", error.constraint());
    }
    return done{};
  });
  EXPECT_EQ(outcome.error().code, "taken");
  EXPECT_EQ(outcome.error().detail, "shelf_pkey");
}

TEST(Pool, RefusesToCommitAfterASwallowedError) {
  const test_database database;
  make_shelf(database);
  database.sql("INSERT INTO shelf VALUES (1, 'x')");
  pool on(options_for(database.url()));
  const auto outcome = on.run(access::engine(), [](session& in) -> result<done> {
    in.execute(fill, 2, "lost");
    try {
      in.execute(fill, 1, "x");
    } catch (const database_error&) {
    }
    return done{};
  });
  EXPECT_EQ(outcome.error().status, 500);
  EXPECT_EQ(database.sql("SELECT count(*) FROM shelf"), "1");
}

TEST(Pool, HidesOtherExceptions) {
  const test_database database;
  pool on(options_for(database.url()));
  const auto outcome = on.run(access::engine(), [](session&) -> result<done> {
    throw std::runtime_error("the secret cause");
  });
  EXPECT_EQ(outcome.error().status, 500);
  EXPECT_EQ(outcome.error().detail.find("secret"), std::string::npos);
  EXPECT_TRUE(on.run(access::engine(), one).ok()) << "the connection must be usable again";
}

TEST(Pool, RefusesTextThatPostgresCannotHold) {
  const test_database database;
  make_shelf(database);
  pool on(options_for(database.url()));
  for (const auto& text : {std::string("a\0b", 3), std::string("\xff\xfe")}) {
    const auto outcome = on.run(access::engine(), [text](session& in) -> result<done> {
      in.execute(fill, 1, text);
      return done{};
    });
    EXPECT_EQ(outcome.error().status, 400) << outcome.error().detail;
    EXPECT_EQ(outcome.error().code, "invalid_text");
  }
}

TEST(Pool, KeepsNoRoomForWhatWasLarge) {
  const test_database database;
  auto options = options_for(database.url());
  options.engine_connections = 1;
  pool on(options);
  const auto process_after = [&on](std::size_t bytes) {
    const auto length = on.run(access::engine(), [bytes](session& in) -> result<std::int64_t> {
      return in.execute(length_of, std::string(bytes, 'x')).integer(0, 0);
    });
    EXPECT_EQ(*length, static_cast<std::int64_t>(bytes));
    return *on.run(access::engine(), [](session& in) -> result<std::int64_t> {
      return in.execute(backend_pid).integer(0, 0);
    });
  };
  const auto first = process_after(1);
  EXPECT_EQ(process_after(1'000'000), first);
  const auto second = process_after(9'000'000);
  EXPECT_NE(second, first) << "a connection of its own from then on";
  EXPECT_EQ(process_after(1), second);
  const auto got = on.run(access::engine(), [](session& in) -> result<std::size_t> {
    return in.execute(large_text).text(0, 0).size();
  });
  EXPECT_EQ(*got, 9'000'000u);
  EXPECT_NE(process_after(1), second);
}

TEST(Pool, EndsAStatementThatTakesTooLong) {
  const test_database database;
  auto options = options_for(database.url());
  options.statement_timeout = milliseconds(200);
  pool on(options);
  const auto outcome = on.run(access::engine(), [](session& in) -> result<done> {
    in.execute(sleep_long);
    return done{};
  });
  EXPECT_EQ(outcome.error().status, 503);
  EXPECT_EQ(outcome.error().code, "database_timeout");
}

TEST(Pool, RunsADeadlockedJobAgain) {
  const test_database database;
  make_shelf(database);
  database.sql("INSERT INTO shelf VALUES (1, ''), (2, '')");
  pool on(options_for(database.url()));
  std::atomic<int> runs{0};
  std::atomic<int> holding{0};
  const auto lock_both = [&](int first, int second) {
    return [&, first, second](session& in) -> result<done> {
      ++runs;
      in.execute(lock_row, first);
      ++holding;
      // Only the first runs meet; the second run must not wait for a rival that has finished.
      eventually([&] { return holding >= 2; });
      in.execute(lock_row, second);
      return done{};
    };
  };
  std::thread rival([&] { EXPECT_TRUE(on.run(access::engine(), lock_both(2, 1)).ok()); });
  EXPECT_TRUE(on.run(access::engine(), lock_both(1, 2)).ok());
  rival.join();
  EXPECT_GE(runs, 3);
}

TEST(Pool, RunsAJobAgainWhoseConnectionWasKilled) {
  const test_database database;
  make_shelf(database);
  pool on(options_for(database.url()));
  std::atomic<int> runs{0};
  const auto outcome = on.run(access::engine(), [&](session& in) -> result<int> {
    const int number = ++runs;
    in.execute(fill, number, "run");
    if (number == 1)
      database.sql("SELECT pg_terminate_backend(" +
                   std::string(in.execute(backend_pid).text(0, 0)) + ", 5000)");
    in.execute(select_one);
    return number;
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error().detail;
  EXPECT_EQ(*outcome, 2);
  EXPECT_EQ(database.sql("SELECT string_agg(id::text, ',') FROM shelf"), "2");
}

TEST(Pool, RunsAJobAgainWhoseConnectionDiedJustBeforeCommit) {
  const test_database database;
  make_shelf(database);
  pool on(options_for(database.url()));
  std::atomic<int> runs{0};
  const auto outcome = on.run(access::engine(), [&](session& in) -> result<int> {
    const int number = ++runs;
    in.execute(fill, number, "run");
    if (number == 1)
      database.sql("SELECT pg_terminate_backend(" +
                   std::string(in.execute(backend_pid).text(0, 0)) + ", 5000)");
    return number;
  });
  ASSERT_TRUE(outcome.ok()) << outcome.error().detail;
  EXPECT_EQ(database.sql("SELECT string_agg(id::text, ',') FROM shelf"), "2");
}

TEST(Pool, GivesUpAJobThatKeepsLosingItsConnection) {
  const test_database database;
  auto options = options_for(database.url());
  options.away_timeout = seconds(10);
  pool on(options);
  std::atomic<int> runs{0};
  const auto outcome = on.run(access::engine(), [&](session& in) -> result<done> {
    ++runs;
    database.sql("SELECT pg_terminate_backend(" + std::string(in.execute(backend_pid).text(0, 0)) +
                 ", 5000)");
    in.execute(select_one);
    return done{};
  });
  EXPECT_EQ(outcome.error().code, "database_away");
  EXPECT_LE(runs, 10);
  EXPECT_TRUE(on.run(access::engine(), one).ok());
}

TEST(Pool, SaysInDoubtWhenTheConnectionBreaksDuringCommit) {
  const test_database database;
  make_shelf(database);
  // A deferred trigger runs within COMMIT, so the connection breaks while COMMIT is under way.
  database.sql(
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
      " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN "
      "NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER deadly AFTER INSERT ON shelf DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION die()");
  pool on(options_for(database.url()));
  std::atomic<int> runs{0};
  const auto outcome = on.run(access::engine(), [&](session& in) -> result<done> {
    ++runs;
    in.execute(fill, 1, "x");
    return done{};
  });
  EXPECT_EQ(outcome.error().status, 503);
  EXPECT_EQ(outcome.error().code, "in_doubt");
  EXPECT_EQ(runs, 1) << "a commit in doubt must not be repeated";
  EXPECT_TRUE(on.run(access::engine(), one).ok());
}

TEST(Pool, RefusesWhatItsQueueCannotHold) {
  const test_database database;
  auto options = options_for(database.url());
  options.engine_connections = 1;
  options.queue_jobs_max = 3;
  gate begun;
  gate release;
  std::atomic<int> finished{0};
  pool on(options);
  on.submit(
      access::engine(),
      [&](session&) -> result<done> {
        begun.open();
        release.wait();
        return done{};
      },
      [&](const result<done>&) { ++finished; });
  begun.wait();
  for (int i = 0; i < 3; ++i)
    on.submit(access::engine(), one, [&](const result<std::int64_t>& answer) {
      EXPECT_TRUE(answer.ok());
      ++finished;
    });
  EXPECT_EQ(on.statistics().engine_waiting, 3U);
  const auto caller = std::this_thread::get_id();
  bool refused = false;
  on.submit(access::engine(), one, [&](const result<std::int64_t>& answer) {
    refused = true;
    EXPECT_EQ(answer.error().status, 503);
    EXPECT_EQ(answer.error().code, "busy");
    EXPECT_TRUE(answer.error().retry_after_seconds.has_value());
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
  EXPECT_TRUE(refused);
  release.open();
  EXPECT_TRUE(eventually([&] { return finished == 4; }));
}

TEST(Pool, FinishesWhatRunsAndFailsWhatWaitsWhenItEnds) {
  const test_database database;
  make_shelf(database);
  auto options = options_for(database.url());
  options.engine_connections = 1;
  gate begun;
  std::atomic<bool> first_ok{false};
  std::string second_code;
  {
    pool on(options);
    on.submit(
        access::engine(),
        [&](session& in) -> result<done> {
          begun.open();
          std::this_thread::sleep_for(milliseconds(100));
          in.execute(fill, 1, "kept");
          return done{};
        },
        [&](const result<done>& answer) { first_ok = answer.ok(); });
    begun.wait();
    on.submit(access::engine(), one,
              [&](const result<std::int64_t>& answer) { second_code = answer.error().code; });
  }
  EXPECT_TRUE(first_ok);
  EXPECT_EQ(second_code, "shutting_down");
  EXPECT_EQ(database.sql("SELECT count(*) FROM shelf"), "1");
}

TEST(Pool, FailsAtOnceWhatComesAfterTheStop) {
  const test_database database;
  pool workers({.database_url = database.url()});
  workers.stop();
  workers.stop();
  std::string code;
  workers.submit(
      access::engine(), [](session&) { return 1; },
      [&](const result<int>& got) { code = got ? "" : got.error().code; });
  EXPECT_EQ(code, "shutting_down");
}

TEST(Pool, SurvivesACompletionThatThrows) {
  const test_database database;
  pool on(options_for(database.url()));
  std::atomic<int> calls{0};
  on.submit(access::engine(), one, [&](const result<std::int64_t>&) {
    ++calls;
    throw std::runtime_error("a careless completion");
  });
  EXPECT_TRUE(on.run(access::engine(), one).ok());
  EXPECT_TRUE(eventually([&] { return calls == 1; }));
}

TEST(Pool, NoticesIdleLossAndRecoversWithoutTraffic) {
  const test_database database;
  pool on(options_for(database.url()));
  ASSERT_TRUE(eventually([&] { return on.reachable(); }));
  ASSERT_TRUE(eventually([&] { return on.statistics().engine_connected == 2; }));
  database.sql(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  EXPECT_TRUE(eventually([&] { return !on.reachable() || on.statistics().engine_connected < 2; }));
  EXPECT_TRUE(eventually([&] { return on.statistics().engine_connected == 2 && on.reachable(); }));
}

TEST(Pool, AnswersWhileTheDatabaseIsAwayAndRecovers) {
  const test::temporary_folder folder("pool");
  test::provide_cluster(folder.path());
  embedded_options server_options;
  server_options.data_dir = folder.path();
  auto server = embedded_server::start(server_options);
  migrate(server->database_url());
  auto options = options_for(server->database_url());
  pool on(options);
  ASSERT_TRUE(on.run(access::engine(), one).ok());
  server.reset();
  ASSERT_TRUE(eventually([&] { return !on.reachable(); }));
  const auto started = std::chrono::steady_clock::now();
  const auto refused = on.run(access::tenant(uuid::v7(system_now())), one);
  const auto waited = std::chrono::steady_clock::now() - started;
  EXPECT_EQ(refused.error().status, 503);
  EXPECT_EQ(refused.error().code, "database_away");
  EXPECT_TRUE(refused.error().retry_after_seconds.has_value());
  EXPECT_LT(waited, options.connect_timeout) << "the caller waited longer than away_timeout allows";
  server = embedded_server::start(server_options);
  EXPECT_TRUE(eventually([&] { return on.reachable(); }));
  EXPECT_TRUE(on.run(access::engine(), one).ok());
}

TEST(Pool, StartsWithoutADatabase) {
  pool on(options_for("host=/nonexistent dbname=nothing"));
  EXPECT_EQ(on.run(access::engine(), one).error().code, "database_away");
  EXPECT_FALSE(on.reachable());
}

}  // namespace
}  // namespace omnistream::storage
