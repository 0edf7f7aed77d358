#include "bench/load/child_program.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/load/interruption.hpp"

extern char** environ;

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{2};

bool is_setting(const std::string& line) {
  return line.starts_with("OMNISTREAM_") || line.starts_with("META_") ||
         line.starts_with("XDG_DATA_HOME=");
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line)
    if (!is_setting(*line)) lines.emplace_back(*line);
  for (const auto& [name, value] : added) lines.emplace_back(name).append("=").append(value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> to;
  to.reserve(texts.size() + 1);
  for (auto& text : texts) to.push_back(text.data());
  to.push_back(nullptr);
  return to;
}

int open_to_append(const std::filesystem::path& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path.string());
  return file;
}

/// In the child: only what is safe between fork and exec.
[[noreturn]] void become(char* const* command, char* const* environment, int output, int errors,
                         pid_t parent) {
  constexpr int cannot_run = 127;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(cannot_run);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): one thread here
  ::signal(SIGPIPE, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execve(command[0], command, environment);
  _exit(cannot_run);
}

std::string read_text(const std::filesystem::path& from) {
  const std::ifstream file(from);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

}  // namespace

std::filesystem::path program_path(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

std::string last_lines(const std::filesystem::path& of, std::size_t bytes_max) {
  auto text = read_text(of);
  if (text.size() <= bytes_max) return text;
  const auto cut = text.find('\n', text.size() - bytes_max);
  return cut == std::string::npos ? text.substr(text.size() - bytes_max) : text.substr(cut + 1);
}

child_program::child_program(const options& wanted) {
  auto words = wanted.command;
  auto lines = environment_with(wanted.environment);
  const auto command = pointers(words);
  const auto environment = pointers(lines);
  const int output = open_to_append(wanted.output);
  const int errors = open_to_append(wanted.errors.empty() ? wanted.output : wanted.errors);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(command.data(), environment.data(), output, errors, parent);
  close(output);
  close(errors);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

child_program::~child_program() {
  if (exit_code_) return;
  signal(SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
}

void child_program::signal(int number) const {
  if (!exit_code_) kill(pid_, number);
}

bool child_program::running() {
  return !wait(std::chrono::milliseconds{0});
}

std::optional<int> child_program::wait(std::chrono::milliseconds limit) {
  constexpr int ended_by_signal = 128;
  const auto deadline = steady::now() + limit;
  while (!exit_code_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : ended_by_signal + WTERMSIG(status);
    } else if (steady::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(look_interval);
    }
  }
  return exit_code_;
}

std::string run_program(child_program::options wanted, const std::filesystem::path& scratch,
                        std::chrono::milliseconds limit) {
  static int number = 0;
  const auto name = wanted.command.at(0);
  wanted.output = scratch / ("output-" + std::to_string(++number));
  wanted.errors = wanted.output.string() + "-errors";
  child_program running(wanted);
  const auto deadline = steady::now() + limit;
  while (running.running() && steady::now() < deadline) sleep_for(look_interval);
  const auto exit_code = running.wait(std::chrono::milliseconds{0});
  if (!exit_code) throw std::runtime_error(name + " did not end in time");
  if (*exit_code != 0)
    throw std::runtime_error(name + " ended with code " + std::to_string(*exit_code) + ": " +
                             last_lines(wanted.errors));
  return read_text(wanted.output);
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
