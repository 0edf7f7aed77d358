#include "storage/embedded/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace omnistream::storage::embedded {
namespace {

constexpr std::size_t output_bytes_max = 65'536;
constexpr int exit_cannot_switch = 126;
constexpr int exit_cannot_execute = 127;

std::system_error failure(const std::string& what) {
  return {errno, std::generic_category(), what};
}

/// What the child needs, made before fork(): between fork() and exec() no memory may be taken.
struct prepared_child {
  std::vector<std::string> environment;
  std::vector<char*> arguments_c;
  std::vector<char*> environment_c;

  explicit prepared_child(const std::vector<std::string>& command) {
    environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"};
    // PostgreSQL built by hand may have its libraries anywhere.
    if (const char* libraries = std::getenv("LD_LIBRARY_PATH"))  // NOLINT(concurrency-mt-unsafe)
      environment.push_back(std::string("LD_LIBRARY_PATH=") + libraries);
    for (const auto& each : command) arguments_c.push_back(const_cast<char*>(each.c_str()));
    for (auto& each : environment) environment_c.push_back(each.data());
    arguments_c.push_back(nullptr);
    environment_c.push_back(nullptr);
  }
};

/// Only calls that are safe after fork() in a program with threads.
void become(const account& who) {
  if (!who.must_switch) return;
  if (setgroups(who.groups.size(), who.groups.data()) != 0 || setgid(who.gid) != 0 ||
      setuid(who.uid) != 0)
    _exit(exit_cannot_switch);
}

[[noreturn]] void become_program(const prepared_child& child, const account& who, int output_fd,
                                 pid_t parent) {
  setsid();
  become(who);
  // After the change of user, which would clear it. If the parent is gone already, no signal will
  // come.
  prctl(PR_SET_PDEATHSIG, SIGINT);
  if (getppid() != parent) _exit(exit_cannot_execute);
  for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2})
    std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(output_fd, 1) < 0 || dup2(output_fd, 2) < 0 || dup2(nothing, 0) < 0 ||
      chdir("/") != 0)
    _exit(exit_cannot_execute);
  close_range(3, ~0U, 0);
  execve(child.arguments_c[0], child.arguments_c.data(), child.environment_c.data());
  _exit(exit_cannot_execute);
}

/// Closes what it holds.
struct descriptor {
  int number = -1;
  explicit descriptor(int held) : number(held) {}
  ~descriptor() { reset(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  void reset() {
    if (number >= 0) close(std::exchange(number, -1));
  }
};

/// Collects the output until the end of the stream; false when the time is over.
bool read_all(int from, std::string& text, std::chrono::steady_clock::time_point deadline) {
  std::array<char, 4096> block{};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{from, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready == 0) return false;
    const auto count = ready > 0 ? read(from, block.data(), block.size()) : -1;
    if (count == 0 || (count < 0 && errno != EINTR)) return true;
    if (count > 0 && text.size() < output_bytes_max)
      text.append(block.data(), static_cast<std::size_t>(count));
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

pid_t start_child(const std::vector<std::string>& command, const account& who, int output_fd) {
  const prepared_child child(command);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw failure("Cannot start " + command.front());
  if (pid == 0) become_program(child, who, output_fd, parent);
  return pid;
}

program_result run_program(const std::vector<std::string>& command, const account& who,
                           std::chrono::milliseconds timeout) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw failure("Cannot make a pipe");
  descriptor reading(ends[0]);
  descriptor writing(ends[1]);
  const pid_t pid = start_child(command, who, writing.number);
  writing.reset();
  program_result outcome;
  const bool ended =
      read_all(reading.number, outcome.output, std::chrono::steady_clock::now() + timeout);
  if (!ended) kill(-pid, SIGKILL);
  const int status = wait_for(pid);
  if (!ended) throw std::runtime_error(command.front() + " did not end in time.");
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (outcome.exit_code == exit_cannot_switch)
    throw std::runtime_error("Cannot run " + command.front() + " as user " + who.name +
                             ": start the server as an ordinary user.");
  return outcome;
}

std::optional<std::size_t> first_unreachable(const account& who,
                                             const std::vector<std::string>& folders) {
  constexpr std::size_t folders_max = 100;  // the answer is an exit code
  const auto count = std::min(folders.size(), folders_max);
  const pid_t pid = fork();
  if (pid < 0) throw failure("Cannot start a process");
  if (pid == 0) {
    become(who);
    for (std::size_t i = 0; i < count; ++i)
      if (access(folders[i].c_str(), X_OK) != 0) _exit(static_cast<int>(i) + 1);
    _exit(0);
  }
  const int status = wait_for(pid);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : exit_cannot_switch;
  if (code == exit_cannot_switch)
    throw std::runtime_error("Cannot become user " + who.name +
                             ": start the server as an ordinary user.");
  if (code == 0) return std::nullopt;
  return static_cast<std::size_t>(code) - 1;
}

}  // namespace omnistream::storage::embedded
