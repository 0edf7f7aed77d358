#pragma once

#include <filesystem>
#include <string>

namespace omnistream::test {

/// A folder under /tmp that other users may pass through (PostgreSQL may run as one of them) and
/// that is removed with its content at the end. Folders left by test programs that were killed are
/// removed on the way.
class temporary_folder {
 public:
  explicit temporary_folder(const std::string& purpose);
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Puts a database cluster of the test program's settings (no fsync) into `data_dir`, where an
/// embedded server will find it: initdb takes seconds, so it is done once per build folder and
/// copied from there.
void provide_cluster(const std::filesystem::path& data_dir);

/// A database of its own in the test program's PostgreSQL, dropped at the end. The server is
/// started by the first test that wants a database and stopped at exit; it does without fsync.
/// Throws std::runtime_error if that fails.
class test_database {
 public:
  enum class schema { migrated, empty };
  explicit test_database(schema which = schema::migrated);
  ~test_database();
  test_database(const test_database&) = delete;
  test_database& operator=(const test_database&) = delete;

  const std::string& url() const { return url_; }  ///< libpq connection string, as superuser
  /// Runs SQL outside every pool, as superuser, past row level security; the first column of the
  /// first row, or "".
  std::string sql(const std::string& text) const;

 private:
  std::string name_;
  std::string url_;
};

}  // namespace omnistream::test
