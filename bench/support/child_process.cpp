#include "bench/support/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace omnistream::support {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_interval{2};

bool is_setting(const std::string& line) {
  return line.starts_with("OMNISTREAM_") || line.starts_with("META_") ||
         line.starts_with("XDG_DATA_HOME=");
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line)
    if (!is_setting(*line)) lines.emplace_back(*line);
  for (const auto& [name, value] : added) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> to;
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
                         const char* folder, pid_t parent) {
  constexpr int cannot_run = 127;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(cannot_run);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): one thread here
  ::signal(SIGPIPE, SIG_DFL);
  if (*folder != '\0' && chdir(folder) != 0) _exit(cannot_run);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  execve(command[0], command, environment);
  _exit(cannot_run);
}

}  // namespace

child_process::child_process(const options& wanted) {
  auto words = wanted.command;
  auto lines = environment_with(wanted.environment);
  const auto command = pointers(words);
  const auto environment = pointers(lines);
  const std::string folder = wanted.folder.string();
  const int output = open_to_append(wanted.output);
  const int errors = open_to_append(wanted.errors.empty() ? wanted.output : wanted.errors);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(command.data(), environment.data(), output, errors, folder.c_str(), parent);
  close(output);
  close(errors);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

child_process::~child_process() {
  if (end_) return;
  signal(SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
}

void child_process::signal(int number) const {
  if (!end_) kill(pid_, number);
}

bool child_process::running() {
  return !wait(milliseconds{0});
}

std::optional<process_end> child_process::wait(milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!end_) {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      end_ = WIFEXITED(status) ? process_end{WEXITSTATUS(status), 0}
                               : process_end{-1, WTERMSIG(status)};
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(look_interval);
    }
  }
  return end_;
}

std::string read_text(const std::filesystem::path& from) {
  const std::ifstream file(from);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

}  // namespace omnistream::support
