#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "storage/embedded/account.hpp"

namespace omnistream::storage::embedded {

/// Starts `command` (absolute path first) as `who`, in a session of its own, so that Ctrl-C reaches
/// us alone, with a small environment without our secrets and both outputs in `output_fd`. When the
/// calling thread ends, the child gets SIGINT. Throws std::system_error. The caller waits for the
/// pid.
pid_t start_child(const std::vector<std::string>& command, const account& who, int output_fd);

struct program_result {
  int exit_code = -1;  ///< -1: ended by a signal
  std::string output;  ///< standard output and error, the first 64 KiB
};
/// Runs a program to its end; after `timeout` it is killed and std::runtime_error thrown.
program_result run_program(const std::vector<std::string>& command, const account& who,
                           std::chrono::milliseconds timeout);

/// The index of the first of `folders` that `who` may not enter; nothing if all are open.
std::optional<std::size_t> first_unreachable(const account& who,
                                             const std::vector<std::string>& folders);

}  // namespace omnistream::storage::embedded
