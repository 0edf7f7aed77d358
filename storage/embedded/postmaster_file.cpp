#include "storage/embedded/postmaster_file.hpp"

#include <cerrno>
#include <charconv>
#include <fstream>
#include <vector>

#include <signal.h>

namespace omnistream::storage::embedded {
namespace {

namespace fs = std::filesystem;

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<postmaster> read_file(const fs::path& cluster) {
  std::ifstream file(cluster / "postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; lines.size() < 8 && std::getline(file, line);) lines.push_back(line);
  lines.resize(8);  // pid, folder, start time, port, socket folder, address, shared memory, status
  postmaster found;
  found.pid = number(lines[0]);
  found.port = number(lines[3]);
  found.socket_folder = lines[4];
  found.status = lines[7].substr(0, lines[7].find(' '));
  if (found.pid <= 1) return std::nullopt;
  return found;
}

/// Whether the process is PostgreSQL at work on `cluster`: a server's working directory is its
/// folder.
bool serves(pid_t pid, const fs::path& cluster) {
  if (kill(pid, 0) != 0 && errno == ESRCH) return false;
  const fs::path process = "/proc/" + std::to_string(pid);
  std::string name;
  std::getline(std::ifstream(process / "comm") >> std::ws, name);
  if (name != "postgres" && name != "postmaster") return false;
  std::error_code unreadable;
  const auto folder = fs::read_symlink(process / "cwd", unreadable);
  if (unreadable) return true;  // another user's PostgreSQL: better to believe it
  return fs::equivalent(folder, cluster, unreadable);
}

/// A zombie has ended, it only waits for its parent's attention.
bool is_zombie(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const auto after_name = line.rfind(") ");
  return after_name != std::string::npos && line.compare(after_name + 2, 1, "Z") == 0;
}

}  // namespace

bool postmaster::is_orphaned() const {
  std::ifstream process("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(process, line);)
    if (line.starts_with("PPid:"))
      return number(line.substr(line.find_first_not_of("\t ", 5))) <= 1;
  return true;
}

std::optional<postmaster> find_postmaster(const fs::path& cluster) {
  auto found = read_file(cluster);
  if (!found || !serves(found->pid, cluster) || is_zombie(found->pid)) return std::nullopt;
  return found;
}

void remove_stale_file(const fs::path& cluster) {
  if (find_postmaster(cluster)) return;
  std::error_code ignored;
  fs::remove(cluster / "postmaster.pid", ignored);
}

}  // namespace omnistream::storage::embedded
