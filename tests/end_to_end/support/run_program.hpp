#pragma once

#include <string>

#include "bench/support/child_process.hpp"

namespace omnistream::test {

using support::child_process;
using support::process_end;
using support::read_text;

/// Runs a program to its end and gives what it wrote. Fails the test if it takes longer than a
/// minute.
struct program_run {
  process_end end;
  std::string output;
  std::string errors;  ///< standard error, with its log
};
program_run run_program(child_process::options wanted);

}  // namespace omnistream::test
