#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/load/listening_program.hpp"

namespace omnistream::load {

/// The access token that every number of the load tool has.
inline constexpr const char* access_token = "load-access-token-3141592653";

/// A Graph API simulator.
class simulator_program : public listening_program {
 public:
  simulator_program(const std::filesystem::path& folder, const std::vector<std::string>& flags);

  nlohmann::json stats();
  void forget_stats();
};

}  // namespace omnistream::load
