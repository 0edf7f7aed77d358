#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace omnistream::load {

/// The program of this name beside our own.
std::filesystem::path program_path(const std::string& name);

/// The end of a text file, for error messages.
std::string last_lines(const std::filesystem::path& of, std::size_t bytes_max = 2'000);

/// A program that we started, in a process group of its own so that Ctrl-C reaches us alone. It
/// dies with the thread that started it, so start it on the main thread, and with the object.
class child_program {
 public:
  struct options {
    std::vector<std::string> command;  ///< absolute path first
    /// Added to our environment, from which all settings of the server are taken out.
    std::map<std::string, std::string> environment{};
    std::filesystem::path output;    ///< standard output is appended to it
    std::filesystem::path errors{};  ///< and standard error to this; empty: to `output`
  };

  /// Throws std::system_error.
  explicit child_program(const options& wanted);
  ~child_program();  ///< kills it if it still runs
  child_program(const child_program&) = delete;
  child_program& operator=(const child_program&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  bool running();
  /// Its exit code, or 128 and the signal that ended it; nothing if it still runs after `limit`.
  /// Does not mind interruptions: it is used for tidying up.
  std::optional<int> wait(std::chrono::milliseconds limit);

 private:
  pid_t pid_;
  std::optional<int> exit_code_;
};

/// Runs a program to its end; its standard output. Throws std::runtime_error with its words if it
/// fails or takes longer than `limit`, and `interrupted`.
std::string run_program(child_program::options wanted, const std::filesystem::path& scratch,
                        std::chrono::milliseconds limit);

/// Waits until a process that is no child of ours is gone; false after `limit`.
bool await_gone(pid_t pid, std::chrono::milliseconds limit);

}  // namespace omnistream::load
