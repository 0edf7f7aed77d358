#include "storage/embedded/account.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/embedded/child_process.hpp"

namespace omnistream::storage::embedded {
namespace {

constexpr std::size_t passwd_buffer_bytes = 16'384;

account from_entry(const passwd& entry) {
  account who;
  who.uid = entry.pw_uid;
  who.gid = entry.pw_gid;
  who.name = entry.pw_name;
  who.must_switch = true;
  int count = 64;
  who.groups.resize(static_cast<std::size_t>(count));
  if (getgrouplist(entry.pw_name, entry.pw_gid, who.groups.data(), &count) < 0)
    who.groups.assign(1, entry.pw_gid);
  else
    who.groups.resize(static_cast<std::size_t>(count));
  return who;
}

std::optional<account> by_name(const char* name) {
  std::array<char, passwd_buffer_bytes> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return from_entry(entry);
}

account by_uid(uid_t uid) {
  std::array<char, passwd_buffer_bytes> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return from_entry(entry);
  return {uid, uid, {}, "user " + std::to_string(uid), true};
}

}  // namespace

account server_account(const std::filesystem::path& cluster) {
  struct stat existing {};
  const bool exists = stat(cluster.c_str(), &existing) == 0;
  if (geteuid() != 0) {
    auto ourselves = by_uid(geteuid());
    ourselves.must_switch = false;
    if (exists && existing.st_uid != ourselves.uid)
      throw std::runtime_error("The database in " + cluster.string() + " belongs to " +
                               by_uid(existing.st_uid).name + ", but we run as " + ourselves.name +
                               ": start as that user or as root, or choose another data folder.");
    return ourselves;
  }
  if (exists && existing.st_uid != 0) return by_uid(existing.st_uid);
  for (const char* name : {"postgres", "nobody"})
    if (auto found = by_name(name)) return *found;
  throw std::runtime_error(
      "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: make "
      "one, or start as "
      "an ordinary user.");
}

void require_traversable(const account& who, const std::filesystem::path& folder) {
  if (!who.must_switch) return;
  std::vector<std::string> steps;
  std::filesystem::path reached;
  for (const auto& part : folder) steps.push_back((reached /= part).string());
  const auto blocked = first_unreachable(who, steps);
  if (!blocked) return;
  throw std::runtime_error("As root we let PostgreSQL run as user " + who.name +
                           ", who may not enter " + steps[*blocked] +
                           ": choose a data folder elsewhere (for example /var/lib/omnistream), " +
                           "or allow it with `chmod o+x " + steps[*blocked] + "`.");
}

void give_to(const account& who, const std::filesystem::path& path) {
  if (!who.must_switch) return;
  if (lchown(path.c_str(), who.uid, who.gid) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "Cannot give " + path.string() + " to user " + who.name);
}

void give_tree_to(const account& who, const std::filesystem::path& path) {
  if (!who.must_switch) return;
  give_to(who, path);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    give_to(who, entry.path());
}

}  // namespace omnistream::storage::embedded
