#pragma once

#include <cstdint>

#include "config/settings.hpp"

namespace omnistream::http::app {

/// Lets the process open as many files as its connections may need, as far as the system's hard
/// limit allows. Where that is too few, a warning names the limit: connections would be refused
/// before their own limits are reached.
void raise_open_files(const config::settings& settings);

/// Files that the settings may need at once.
std::uint64_t open_files_needed(const config::settings& settings);

}  // namespace omnistream::http::app
