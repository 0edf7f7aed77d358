#pragma once

#include <string_view>

#include "config/base/log.hpp"
#include "config/base/result.hpp"

namespace omnistream::actors {

/// Logs why something that nobody waits for was not done and is tried again: a warning, unless the
/// database only is asked no more because the server ends.
inline void warn_of_trouble(std::string_view component, std::string_view what, const problem& why) {
  if (why.code == "shutting_down")
    log::debug(component, what, {{"reason", why.detail}});
  else
    log::warn(component, what, {{"reason", why.detail}});
}

}  // namespace omnistream::actors
