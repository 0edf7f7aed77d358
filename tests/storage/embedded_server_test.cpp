#include "storage/embedded_server.hpp"

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/connection.hpp"
#include "storage/embedded/account.hpp"
#include "storage/embedded/binaries.hpp"
#include "storage/embedded/postmaster_file.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::storage {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::provide_cluster;
using test::temporary_folder;

embedded_options options_for(const fs::path& folder) {
  embedded_options options;
  options.data_dir = folder;
  return options;
}

std::string ask(const std::string& url, const std::string& sql) {
  connection on({.database_url = url, .role = ""});
  const auto answer = on.simple(sql);
  return answer.empty() ? "" : std::string(answer.text(0, 0));
}

bool answers(const std::string& url) {
  try {
    return ask(url, "SELECT 1") == "1";
  } catch (const database_error&) {
    return false;
  }
}

pid_t postmaster_of(const fs::path& folder) {
  const auto found = embedded::find_postmaster(folder / "postgres");
  return found ? found->pid : 0;
}

std::string failure_of(const embedded_options& options) {
  try {
    embedded_server::start(options);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Starts a server in a process of its own and waits until it is up; the caller kills it.
pid_t start_elsewhere(const fs::path& folder) {
  const pid_t owner = fork();
  if (owner == 0) {
    try {
      const auto server = embedded_server::start(options_for(folder));
      std::ofstream(folder / "up") << "up";
      for (;;) pause();
    } catch (...) {
      _exit(1);
    }
  }
  EXPECT_TRUE(eventually([&] { return fs::exists(folder / "up"); }));
  return owner;
}

TEST(EmbeddedServer, MakesAClusterAndKeepsItsData) {
  const temporary_folder folder("embedded");
  {
    const auto server = embedded_server::start(options_for(folder.path()));
    EXPECT_EQ(ask(server->database_url(), "SELECT current_database()"), "omnistream");
    EXPECT_EQ(ask(server->database_url(), "SHOW listen_addresses"), "");
    EXPECT_EQ(ask(server->database_url(), "SHOW data_checksums"), "on");
    EXPECT_EQ(ask(server->database_url(), "SHOW server_encoding"), "UTF8");
    EXPECT_EQ(ask(server->database_url(), "SHOW wal_level"), "minimal");
    EXPECT_EQ(ask(server->database_url(), "SHOW fsync"), "on");
    ask(server->database_url(), "CREATE TABLE kept AS SELECT 42 AS answer");
  }
  EXPECT_EQ(postmaster_of(folder.path()), 0) << "the server outlived its object";
  const auto server = embedded_server::start(options_for(folder.path()));
  EXPECT_EQ(ask(server->database_url(), "SELECT answer FROM kept"), "42");
}

TEST(EmbeddedServer, IsClosedToOtherUsers) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  const auto server = embedded_server::start(options_for(folder.path()));
  for (const char* name : {"postgres", "postgres_socket"}) {
    struct stat found {};
    ASSERT_EQ(stat((folder.path() / name).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700U) << name;
    EXPECT_TRUE(geteuid() != 0 || found.st_uid != 0) << name << " belongs to root";
  }
}

TEST(EmbeddedServer, UsesARunningServerAndLeavesItAlone) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  const auto owner = embedded_server::start(options_for(folder.path()));
  const auto pid = postmaster_of(folder.path());
  {
    const auto guest = embedded_server::start(options_for(folder.path()));
    EXPECT_TRUE(answers(guest->database_url()));
    EXPECT_EQ(postmaster_of(folder.path()), pid);
  }
  EXPECT_TRUE(answers(owner->database_url()));
  EXPECT_EQ(postmaster_of(folder.path()), pid);
}

TEST(EmbeddedServer, GuestTakesOverWhenTheOwnerEnds) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  auto owner = embedded_server::start(options_for(folder.path()));
  const auto guest = embedded_server::start(options_for(folder.path()));
  const auto before = postmaster_of(folder.path());
  owner.reset();
  EXPECT_TRUE(eventually([&] {
    const auto now = postmaster_of(folder.path());
    return now != 0 && now != before && answers(guest->database_url());
  }));
}

TEST(EmbeddedServer, TwoStartsAtOnceShareOneServer) {
  const temporary_folder folder("embedded");
  std::unique_ptr<embedded_server> first;
  std::unique_ptr<embedded_server> second;
  std::thread other([&] { second = embedded_server::start(options_for(folder.path())); });
  first = embedded_server::start(options_for(folder.path()));
  other.join();
  EXPECT_TRUE(answers(first->database_url()));
  EXPECT_TRUE(answers(second->database_url()));
}

TEST(EmbeddedServer, EndsWithAKilledProcessAndStartsAgain) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  const pid_t owner = start_elsewhere(folder.path());
  const auto orphan = postmaster_of(folder.path());
  ASSERT_NE(orphan, 0);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  const auto server = embedded_server::start(options_for(folder.path()));
  EXPECT_TRUE(answers(server->database_url()));
  EXPECT_NE(postmaster_of(folder.path()), orphan);
}

TEST(EmbeddedServer, ComesBackWhenPostgresIsKilled) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  const auto server = embedded_server::start(options_for(folder.path()));
  ask(server->database_url(), "CREATE TABLE kept AS SELECT 42 AS answer");
  for (int round = 0; round < 2; ++round) {
    const auto before = postmaster_of(folder.path());
    ASSERT_NE(before, 0);
    kill(before, SIGKILL);
    EXPECT_TRUE(eventually([&] {
      const auto now = postmaster_of(folder.path());
      return now != 0 && now != before && answers(server->database_url());
    }));
  }
  EXPECT_EQ(ask(server->database_url(), "SELECT answer FROM kept"), "42");
}

TEST(EmbeddedServer, StartsOverACrashedServersFile) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  embedded_server::start(options_for(folder.path())).reset();
  // The process id is in use again, by a program that is no PostgreSQL: this one.
  std::ofstream(folder.path() / "postgres/postmaster.pid")
      << getpid() << "\n"
      << (folder.path() / "postgres").string() << "\n1700000000\n5432\n/nowhere\n\n0 0\nready\n";
  const auto server = embedded_server::start(options_for(folder.path()));
  EXPECT_TRUE(answers(server->database_url()));
}

TEST(EmbeddedServer, RemovesAHalfMadeCluster) {
  const temporary_folder folder("embedded");
  const auto left = folder.path() / "postgres.new-1";
  fs::create_directories(left / "base");
  const auto server = embedded_server::start(options_for(folder.path()));
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(answers(server->database_url()));
}

TEST(EmbeddedServer, PutsTheSocketElsewhereWhenThePathIsTooLong) {
  const temporary_folder folder("embedded");
  const auto deep = folder.path() / std::string(90, 'd');
  fs::create_directory(deep);
  provide_cluster(deep);
  std::string socket_folder;
  {
    const auto server = embedded_server::start(options_for(deep));
    EXPECT_TRUE(answers(server->database_url()));
    socket_folder = ask(server->database_url(), "SHOW unix_socket_directories");
    EXPECT_TRUE(socket_folder.starts_with("/tmp/omnistream-")) << socket_folder;
    struct stat found {};
    ASSERT_EQ(stat(socket_folder.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700U);
  }
  EXPECT_FALSE(fs::exists(socket_folder)) << "left behind";
}

TEST(EmbeddedServer, TakesAFolderWithSpacesAndQuotes) {
  const temporary_folder folder("embedded");
  const auto server = embedded_server::start(options_for(folder.path() / "it's, a folder"));
  EXPECT_TRUE(answers(server->database_url()));
}

TEST(EmbeddedServer, SaysWhatToInstall) {
  const temporary_folder folder("embedded");
  auto options = options_for(folder.path());
  options.bin_dir = folder.path();
  EXPECT_NE(failure_of(options).find("install the package postgresql"), std::string::npos)
      << failure_of(options);
}

TEST(EmbeddedServer, NamesTheVersionAClusterNeeds) {
  const auto ourselves = embedded::server_account("/nonexistent");
  try {
    embedded::find_binaries("", 9, ourselves);
    FAIL() << "found PostgreSQL 9";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("postgresql-9"), std::string::npos) << error.what();
  }
}

TEST(EmbeddedServer, NamesTheFolderRootsServerMayNotEnter) {
  if (geteuid() != 0) GTEST_SKIP() << "only root changes the user";
  const temporary_folder folder("embedded");
  const auto closed = folder.path() / "closed";
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::owner_all);
  const auto sentence = failure_of(options_for(closed / "data"));
  EXPECT_NE(sentence.find("may not enter " + closed.string()), std::string::npos) << sentence;
}

TEST(EmbeddedServer, SaysWhenTheDataFolderCannotBeMade) {
  const temporary_folder folder("embedded");
  std::ofstream(folder.path() / "file") << "in the way";
  const auto sentence = failure_of(options_for(folder.path() / "file/data"));
  EXPECT_NE(sentence.find("Cannot make the data folder"), std::string::npos) << sentence;
}

TEST(EmbeddedServer, ReportsWhatPostgresSaidWhenItDoesNotStart) {
  const temporary_folder folder("embedded");
  provide_cluster(folder.path());
  embedded_server::start(options_for(folder.path())).reset();
  std::ofstream(folder.path() / "postgres/postgresql.conf", std::ios::app)
      << "no_such_setting = 1\n";
  const auto sentence = failure_of(options_for(folder.path()));
  EXPECT_NE(sentence.find("no_such_setting"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace omnistream::storage
