#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace omnistream::test {

/// How a process ended.
struct process_end {
  int exit_code = -1;  ///< -1: by a signal
  int signal = 0;      ///< 0: by itself
};

/// A program that this test started. It dies with the test program, however that ends, and with
/// the object. Start it on a thread that lives as long as the program is to run.
class child_process {
 public:
  struct options {
    std::vector<std::string> command;  ///< absolute path first
    /// Added to our own environment, from which all settings of the server are taken out.
    std::map<std::string, std::string> environment;
    std::filesystem::path output;  ///< standard output is appended to it
    std::filesystem::path errors;  ///< and standard error to this; empty: to `output` as well
    std::filesystem::path folder;  ///< it runs there; empty: where we are
  };

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

/// Runs a program to its end and gives what it wrote. Fails the test if it takes longer than a
/// minute.
struct program_run {
  process_end end;
  std::string output;
  std::string errors;  ///< standard error, with its log
};
program_run run_program(child_process::options wanted);

/// The whole content of a file; "" if there is none.
std::string read_text(const std::filesystem::path& from);

}  // namespace omnistream::test
