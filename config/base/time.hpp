#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace omnistream {

/// Wall-clock time in UTC, microseconds as PostgreSQL keeps them.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Where the time comes from: injected, so that tests and simulations own it.
using wall_clock = std::function<timestamp()>;
timestamp system_now();

/// RFC 3339 in UTC with `Z`; fractions are printed only when there are any
/// (`2026-01-02T03:04:05.678Z`). For years 0001 to 9999, which are all that `parse_rfc3339`
/// returns.
std::string format_rfc3339(timestamp at);
/// Any RFC 3339 date-time with an offset or `Z`; nothing if malformed or out of the calendar.
/// Digits finer than a microsecond are cut; a leap second is the second after it.
std::optional<timestamp> parse_rfc3339(std::string_view text);

}  // namespace omnistream
