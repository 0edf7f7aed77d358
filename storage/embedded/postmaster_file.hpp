#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

namespace omnistream::storage::embedded {

/// What a running server says about itself in its postmaster.pid.
struct postmaster {
  pid_t pid = 0;
  int port = 0;
  std::string socket_folder;
  std::string status;  ///< `starting`, `ready` or `stopping`; empty early in its life

  /// Whether the process that started it is gone, so that it is about to stop or was left to
  /// itself.
  bool is_orphaned() const;
};

/// The server that runs on `cluster`; nothing if none does. A file left by a crash counts as none,
/// also when its process id has been given to another program since.
std::optional<postmaster> find_postmaster(const std::filesystem::path& cluster);

/// Removes a postmaster.pid whose server is gone; PostgreSQL itself would refuse to start if
/// another of our programs has got the process id in the meantime, as happens in containers.
void remove_stale_file(const std::filesystem::path& cluster);

}  // namespace omnistream::storage::embedded
