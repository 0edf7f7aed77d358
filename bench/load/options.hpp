#pragma once

#include <optional>
#include <string>

#include "bench/load/broadcast.hpp"

namespace omnistream::load {

/// The command line.
struct load_options {
  std::string command;
  std::optional<std::string> json;  ///< where the figures go: a file, or `-` for standard output
  broadcast_options broadcast{};
};

/// Reads the command line. Help and mistakes are printed: nothing is returned then, and `exit_code`
/// is 0 or 2.
std::optional<load_options> read_options(int argc, const char* const* argv, int& exit_code);

}  // namespace omnistream::load
