#include "bench/load/simulator_program.hpp"

namespace omnistream::load {
namespace {

std::vector<std::string> command_with(const std::vector<std::string>& flags) {
  std::vector<std::string> command{program_path("graph-simulator").string(), "--port", "0",
                                   "--token", access_token};
  command.insert(command.end(), flags.begin(), flags.end());
  return command;
}

}  // namespace

simulator_program::simulator_program(const std::filesystem::path& folder,
                                     const std::vector<std::string>& flags)
    : listening_program(folder, "simulator", command_with(flags)) {}

nlohmann::json simulator_program::stats() {
  return api().must("GET", "/_sim/stats");
}

void simulator_program::forget_stats() {
  api().must("DELETE", "/_sim/stats");
}

}  // namespace omnistream::load
