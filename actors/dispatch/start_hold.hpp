#pragma once

#include <chrono>
#include <optional>

#include "actors/dispatch/rate_limiter.hpp"
#include "config/base/time.hpp"

namespace omnistream::actors {

/// No dispatcher sends in the second after a start, as a process that ended just now may have used
/// it up. Nothing is claimed in it either: what is claimed when a process dies is uncertain, so
/// that one which dies again and again would write people off without having written to anybody.
/// Pure.
struct start_hold {
  timestamp until{};  ///< the default holds nothing

  static start_hold from(timestamp started) { return {started + rate_limiter::window}; }

  /// How long claims still have to wait; nothing: they may be made. A clock that is put back does
  /// not make it longer than the second.
  std::optional<std::chrono::milliseconds> left(timestamp now) const {
    const auto wait = until - now;
    if (wait <= timestamp::duration{0} || wait > rate_limiter::window) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
  }
};

}  // namespace omnistream::actors
