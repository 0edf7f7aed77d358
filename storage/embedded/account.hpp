#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace omnistream::storage::embedded {

/// The user PostgreSQL runs as: it refuses to run as root.
struct account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string name;
  bool must_switch = false;  ///< we are root, so the child changes to this user
};

/// Ourselves, or, where we are root, the owner of `cluster` if there is one, else `postgres`, else
/// `nobody`. Throws std::runtime_error if no such user exists or if the folder belongs to somebody
/// whom we cannot become.
account server_account(const std::filesystem::path& cluster);

/// Throws std::runtime_error with what to do if `who` cannot reach `folder`, an existing absolute
/// path.
void require_traversable(const account& who, const std::filesystem::path& folder);

/// Gives `path`, itself made by us, to `who`. Does nothing where we need no switch.
void give_to(const account& who, const std::filesystem::path& path);
void give_tree_to(const account& who, const std::filesystem::path& path);

}  // namespace omnistream::storage::embedded
