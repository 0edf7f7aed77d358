#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/run_program.hpp"

namespace omnistream::load {

/// The server with its embedded PostgreSQL in `folder`/data. Can be started again after each end.
/// Make it and start it on the main thread.
class server_program {
 public:
  /// Settings by the name of their environment variable.
  using settings = std::map<std::string, std::string>;

  server_program(std::filesystem::path folder, settings with);
  /// Ends it and all below it the fast way, without a last checkpoint: nothing of its data is
  /// wanted any more.
  ~server_program();
  server_program(const server_program&) = delete;
  server_program& operator=(const server_program&) = delete;

  void start();  ///< returns at once
  void kill();   ///< SIGKILL; returns when it and its PostgreSQL are gone
  void stop();   ///< SIGTERM; throws std::runtime_error if it does not end with exit code 0
  bool running() { return process_ && process_->running(); }
  pid_t pid() const { return process_->pid(); }
  /// The process id of PostgreSQL's first process; nothing if none runs.
  std::optional<pid_t> postmaster() const;
  /// What a command of the program (`bootstrap`, ...) with the same settings prints. Throws
  /// std::runtime_error and `interrupted`.
  std::string command(std::vector<std::string> words, std::chrono::milliseconds limit) const;
  std::string log_end() const { return last_lines(folder_ / "server.log"); }

 private:
  std::filesystem::path folder_;
  settings settings_;
  std::unique_ptr<child_process> process_;
};

}  // namespace omnistream::load
