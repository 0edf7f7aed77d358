#include "tests/support/test_database.hpp"

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/connection.hpp"
#include "storage/embedded_server.hpp"
#include "storage/migrate.hpp"

namespace omnistream::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* template_name = "omnistream_migrated";

/// A test needs no disk: what a killed PostgreSQL had written outlives it in the kernel. Commits
/// stay synchronous, so that what was answered is still there after kill -9. postgresql.auto.conf
/// wins over what the server writes itself.
constexpr std::string_view fast_settings =
    "fsync = off\nfull_page_writes = off\nautovacuum = off\nshared_buffers = 32MB\n"
    "max_connections = 200\n";

constexpr std::string_view folder_prefix = "omnistream-test-";
constexpr auto prefix_length = folder_prefix.size();

/// Names hold the process id, so that a later program sees whose owner is gone.
void remove_orphans() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/tmp", ignored)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(folder_prefix)) continue;
    int owner = 0;
    std::from_chars(name.data() + prefix_length, name.data() + name.size(), owner);
    if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

std::string database_url(const std::string& server_url, const std::string& name) {
  return server_url.substr(0, server_url.rfind("dbname=")) + "dbname=" + name;
}

/// With owners and modes, which std::filesystem::copy would change.
void copy_tree(const fs::path& from, const fs::path& to) {
  const std::string command = "cp -a '" + from.string() + "' '" + to.string() + "'";
  if (std::system(command.c_str()) != 0)  // NOLINT(concurrency-mt-unsafe, cert-env33-c)
    throw std::runtime_error("failed: " + command);
}

void make_cluster(const fs::path& kept) {
  const temporary_folder workshop("initdb");
  storage::embedded_options options;
  options.data_dir = workshop.path();
  storage::embedded_server::start(options).reset();
  std::ofstream(workshop.path() / "postgres/postgresql.auto.conf", std::ios::app) << fast_settings;
  const fs::path fresh = kept.string() + ".new";
  fs::remove_all(fresh);
  copy_tree(workshop.path() / "postgres", fresh);
  fs::rename(fresh, kept);
}

/// The one server of this test program.
class test_server {
 public:
  static test_server& instance() {
    static test_server only;
    return only;
  }

  const std::string& url() const { return server_->database_url(); }

  /// Makes the migrated template when the first test asks for it.
  void provide_template() {
    static const bool made = [this] {
      storage::connection on({.database_url = url(), .role = ""});
      on.simple(std::string("CREATE DATABASE ") + template_name);
      storage::migrate(database_url(url(), template_name));
      return true;
    }();
    static_cast<void>(made);
  }

 private:
  test_server() : folder_("postgres") {
    provide_cluster(folder_.path());
    storage::embedded_options options;
    options.data_dir = folder_.path();
    server_ = storage::embedded_server::start(options);
  }

  temporary_folder folder_;
  std::unique_ptr<storage::embedded_server> server_;
};

}  // namespace

temporary_folder::temporary_folder(const std::string& purpose) {
  static std::atomic<int> number{0};
  static const bool swept = (remove_orphans(), true);
  static_cast<void>(swept);
  path_ = fs::path("/tmp") / (std::string(folder_prefix) + std::to_string(getpid()) + "-" +
                              purpose + "-" + std::to_string(++number));
  fs::remove_all(path_);  // of an earlier process with our id
  fs::create_directory(path_);
  chmod(path_.c_str(), 0711);
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void provide_cluster(const fs::path& data_dir) {
  const fs::path kept =
      fs::path(OMNISTREAM_BINARY_DIR) / ("test-cluster-" + std::to_string(geteuid()) + "-" +
                                         std::to_string(std::hash<std::string_view>{}(
                                             fast_settings)));  // changed settings, new cluster
  const int lock = open((kept.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX) != 0)
    throw std::runtime_error("cannot lock " + kept.string());
  if (!fs::exists(kept)) make_cluster(kept);
  close(lock);
  copy_tree(kept, data_dir / "postgres");
}

test_database::test_database(schema which) {
  static std::atomic<int> number{0};
  auto& server = test_server::instance();
  name_ = "test_" + std::to_string(++number);
  if (which == schema::migrated) server.provide_template();
  storage::connection on({.database_url = server.url(), .role = ""});
  on.simple("CREATE DATABASE " + name_ +
            (which == schema::migrated ? std::string(" TEMPLATE ") + template_name : ""));
  url_ = database_url(server.url(), name_);
}

test_database::~test_database() {
  try {
    storage::connection on({.database_url = test_server::instance().url(), .role = ""});
    on.simple("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {
    // The server goes with its folder anyway.
  }
}

std::string test_database::sql(const std::string& text) const {
  storage::connection on({.database_url = url_, .role = ""});
  const auto answer = on.simple(text);
  return answer.empty() ? "" : std::string(answer.text(0, 0));
}

}  // namespace omnistream::test
