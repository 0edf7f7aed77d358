#include "storage/embedded/binaries.hpp"

#include <charconv>
#include <cstdlib>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

#include <unistd.h>

#include "storage/embedded/child_process.hpp"

namespace omnistream::storage::embedded {
namespace {

namespace fs = std::filesystem;

constexpr int major_version_min = 15;
constexpr std::chrono::seconds version_timeout{10};

std::vector<fs::path> candidate_folders(const std::string& bin_dir) {
  if (!bin_dir.empty()) return {fs::absolute(bin_dir)};
  std::vector<fs::path> folders;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  std::istringstream entries(path != nullptr ? path : "");
  for (std::string entry; std::getline(entries, entry, ':');)
    if (entry.starts_with('/')) folders.emplace_back(entry);
  std::error_code missing;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", missing))
    folders.push_back(version.path() / "bin");
  return folders;
}

/// `postgres (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)` -> 15; 0 if it does not run.
int major_version_of(const fs::path& folder, const account& who) {
  for (const char* program : {"initdb", "postgres"})
    if (access((folder / program).c_str(), X_OK) != 0) return 0;
  const auto answer =
      run_program({(folder / "postgres").string(), "--version"}, who, version_timeout);
  const auto at = answer.output.find(") ");
  int major = 0;
  if (answer.exit_code == 0 && at != std::string::npos)
    std::from_chars(answer.output.data() + at + 2, answer.output.data() + answer.output.size(),
                    major);
  return major;
}

[[noreturn]] void not_found(const std::string& bin_dir, int wanted_major,
                            const std::set<int>& seen) {
  std::string sentence =
      bin_dir.empty() ? "No PostgreSQL server program was found in PATH or /usr/lib/postgresql"
                      : "There is no usable PostgreSQL server program in " + bin_dir;
  if (!seen.empty()) {
    sentence += " (only version";
    for (const int version : seen) sentence += " " + std::to_string(version);
    sentence += ")";
  }
  if (wanted_major != 0)
    throw std::runtime_error(sentence + ", but the data folder was made by PostgreSQL " +
                             std::to_string(wanted_major) + ": install postgresql-" +
                             std::to_string(wanted_major) +
                             ", or convert the folder with pg_upgrade.");
  throw std::runtime_error(
      sentence +
      ": install the package postgresql (15 or newer), or set database.url to a server you run.");
}

}  // namespace

binaries find_binaries(const std::string& bin_dir, int wanted_major, const account& who) {
  binaries best;
  std::set<int> seen;
  for (const auto& folder : candidate_folders(bin_dir)) {
    const int major = major_version_of(folder, who);
    if (major == 0) continue;
    seen.insert(major);
    const bool fits = wanted_major != 0 ? major == wanted_major : major >= major_version_min;
    if (fits && major > best.major_version) best = {folder, major};
  }
  if (best.major_version == 0) not_found(bin_dir, wanted_major, seen);
  return best;
}

}  // namespace omnistream::storage::embedded
