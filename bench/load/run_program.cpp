#include "bench/load/run_program.hpp"

#include <stdexcept>
#include <thread>

#include <signal.h>

#include "bench/load/interruption.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{2};

}  // namespace

std::filesystem::path program_path(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string last_lines(const std::filesystem::path& of, std::size_t bytes_max) {
  auto text = support::read_text(of);
  if (text.size() <= bytes_max) return text;
  const auto cut = text.find('\n', text.size() - bytes_max);
  return cut == std::string::npos ? text.substr(text.size() - bytes_max) : text.substr(cut + 1);
}

std::string run_program(child_process::options wanted, const std::filesystem::path& scratch,
                        std::chrono::milliseconds limit) {
  static int number = 0;
  const auto name = wanted.command.at(0);
  wanted.output = scratch / ("output-" + std::to_string(++number));
  wanted.errors = wanted.output.string() + "-errors";
  child_process running(wanted);
  const auto deadline = steady::now() + limit;
  while (running.running() && steady::now() < deadline) sleep_for(look_interval);
  const auto end = running.wait(std::chrono::milliseconds{0});
  if (!end) throw std::runtime_error(name + " did not end in time");
  if (end->exit_code != 0)
    throw std::runtime_error(name + " failed (exit code " + std::to_string(end->exit_code) +
                             ", signal " + std::to_string(end->signal) +
                             "): " + last_lines(wanted.errors));
  return support::read_text(wanted.output);
}

bool await_gone(pid_t pid, std::chrono::milliseconds limit) {
  const auto deadline = steady::now() + limit;
  while (kill(pid, 0) == 0) {
    if (steady::now() >= deadline) return false;
    std::this_thread::sleep_for(look_interval);
  }
  return true;
}

}  // namespace omnistream::load
