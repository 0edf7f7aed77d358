#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/api_client.hpp"
#include "bench/load/run_program.hpp"

namespace omnistream::load {

/// A program of ours just for us that prints where it listens, on a free port of 127.0.0.1 unless
/// told otherwise. Make it on the main thread.
class listening_program {
 public:
  /// `name` is how errors and its log call it. Returns when it listens; throws std::runtime_error
  /// with its words if it does not start.
  listening_program(const std::filesystem::path& folder, const std::string& name,
                    std::vector<std::string> command);

  api_client& api() { return *api_; }
  pid_t pid() const { return process_->pid(); }

 private:
  std::unique_ptr<child_process> process_;
  std::unique_ptr<api_client> api_;
};

}  // namespace omnistream::load
