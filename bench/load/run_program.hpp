#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "bench/support/child_process.hpp"

namespace omnistream::load {

using support::child_process;

/// The program of this name beside our own.
std::filesystem::path program_path(const std::string& name);

/// The end of a text file, for error messages.
std::string last_lines(const std::filesystem::path& of, std::size_t bytes_max = 2'000);

/// Runs a program to its end; its standard output. Throws std::runtime_error with its words if it
/// fails or takes longer than `limit`, and `interrupted`.
std::string run_program(child_process::options wanted, const std::filesystem::path& scratch,
                        std::chrono::milliseconds limit);

/// Waits until a process that is no child of ours is gone; false after `limit`.
bool await_gone(pid_t pid, std::chrono::milliseconds limit);

}  // namespace omnistream::load
