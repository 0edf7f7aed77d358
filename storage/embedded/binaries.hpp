#pragma once

#include <filesystem>
#include <string>

#include "storage/embedded/account.hpp"

namespace omnistream::storage::embedded {

/// Where a PostgreSQL installation keeps `initdb` and `postgres`.
struct binaries {
  std::filesystem::path folder;
  int major_version = 0;
};

/// Looks in `bin_dir`, or if that is empty in PATH and /usr/lib/postgresql/*/bin. Takes
/// `wanted_major`, or for 0 the newest. Throws std::runtime_error that names the package to
/// install.
binaries find_binaries(const std::string& bin_dir, int wanted_major, const account& who);

}  // namespace omnistream::storage::embedded
