#include "bench/load/listening_program.hpp"

#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "bench/load/interruption.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::seconds start_limit{30};
constexpr std::chrono::milliseconds look_interval{10};

std::filesystem::path log_in(const std::filesystem::path& folder, const std::string& name) {
  static int number = 0;
  return folder / (name + "-" + std::to_string(++number) + ".log");
}

}  // namespace

listening_program::listening_program(const std::filesystem::path& folder, const std::string& name,
                                     std::vector<std::string> command) {
  const auto output = log_in(folder, name);
  process_ = std::make_unique<child_process>(
      child_process::options{std::move(command), {}, output, {}, {}});
  const std::string before = "listening on http://127.0.0.1:";
  std::uint16_t port = 0;
  for (const auto deadline = steady::now() + start_limit; port == 0; sleep_for(look_interval)) {
    const auto text = last_lines(output);
    const auto at = text.find(before);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos)
      std::from_chars(text.data() + at + before.size(), text.data() + text.size(), port);
    if (!process_->running() || steady::now() > deadline)
      throw std::runtime_error("the " + name + " did not start\n" + text);
  }
  api_ = std::make_unique<api_client>("http://127.0.0.1:" + std::to_string(port));
}

}  // namespace omnistream::load
