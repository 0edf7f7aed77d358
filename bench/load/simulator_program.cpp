#include "bench/load/simulator_program.hpp"

#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "bench/load/interruption.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::seconds start_limit{30};
constexpr std::chrono::milliseconds look_interval{10};

std::filesystem::path log_in(const std::filesystem::path& folder) {
  static int number = 0;
  return folder / ("simulator-" + std::to_string(++number) + ".log");
}

}  // namespace

simulator_program::simulator_program(const std::filesystem::path& folder,
                                     const std::vector<std::string>& flags) {
  const auto output = log_in(folder);
  std::vector<std::string> command{program_path("graph-simulator").string(), "--port", "0",
                                   "--token", access_token};
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = std::make_unique<child_process>(child_process::options{command, {}, output, {}, {}});
  const std::string before = "listening on http://127.0.0.1:";
  std::uint16_t port = 0;
  for (const auto deadline = steady::now() + start_limit; port == 0; sleep_for(look_interval)) {
    const auto text = last_lines(output);
    const auto at = text.find(before);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos)
      std::from_chars(text.data() + at + before.size(), text.data() + text.size(), port);
    if (!process_->running() || steady::now() > deadline)
      throw std::runtime_error("the simulator did not start\n" + text);
  }
  api_ = std::make_unique<api_client>("http://127.0.0.1:" + std::to_string(port));
}

nlohmann::json simulator_program::stats() {
  return api_->must("GET", "/_sim/stats");
}

void simulator_program::forget_stats() {
  api_->must("DELETE", "/_sim/stats");
}

}  // namespace omnistream::load
