#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

/// What tests and benches share to run our programs from outside.
namespace omnistream::support {

/// How a process ended.
struct process_end {
  int exit_code = -1;  ///< -1: by a signal
  int signal = 0;      ///< 0: by itself
};

/// A program that we started, in a process group of its own so that Ctrl-C reaches us alone. It
/// dies with the thread that started it, however that ends, and with the object.
class child_process {
 public:
  struct options {
    std::vector<std::string> command;  ///< absolute path first
    /// Added to our own environment, from which all settings of the server are taken out.
    std::map<std::string, std::string> environment{};
    std::filesystem::path output{};  ///< standard output is appended to it
    std::filesystem::path errors{};  ///< and standard error to this; empty: to `output` as well
    std::filesystem::path folder{};  ///< it runs there; empty: where we are
  };

  /// Throws std::system_error.
  explicit child_process(const options& wanted);
  ~child_process();  ///< kills it if it still runs
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  bool running();
  /// How it ended; nothing if it still runs after `limit`.
  std::optional<process_end> wait(std::chrono::milliseconds limit);

 private:
  pid_t pid_;
  std::optional<process_end> end_;
};

/// The whole content of a file; "" if there is none.
std::string read_text(const std::filesystem::path& from);

}  // namespace omnistream::support
