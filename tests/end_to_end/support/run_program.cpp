#include "tests/end_to_end/support/run_program.hpp"

#include <gtest/gtest.h>

#include "tests/support/test_database.hpp"

namespace omnistream::test {
namespace {

constexpr std::chrono::seconds program_limit{60};

}  // namespace

program_run run_program(child_process::options wanted) {
  const temporary_folder scratch("output");
  wanted.output = scratch.path() / "output";
  wanted.errors = scratch.path() / "errors";
  child_process running(wanted);
  const auto end = running.wait(program_limit);
  if (!end) ADD_FAILURE() << wanted.command[0] << " did not end";
  return {end.value_or(process_end{}), read_text(wanted.output), read_text(wanted.errors)};
}

}  // namespace omnistream::test
