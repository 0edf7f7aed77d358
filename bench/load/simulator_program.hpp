#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/api_client.hpp"
#include "bench/load/run_program.hpp"

namespace omnistream::load {

/// The access token that every number of the load tool has.
inline constexpr const char* access_token = "load-access-token-3141592653";

/// A Graph API simulator just for us, on a free port. Make it on the main thread.
class simulator_program {
 public:
  /// Returns when it listens; throws std::runtime_error with its words if it does not start.
  simulator_program(const std::filesystem::path& folder, const std::vector<std::string>& flags);

  api_client& api() { return *api_; }
  pid_t pid() const { return process_->pid(); }
  nlohmann::json stats();
  void forget_stats();

 private:
  std::unique_ptr<child_process> process_;
  std::unique_ptr<api_client> api_;
};

}  // namespace omnistream::load
