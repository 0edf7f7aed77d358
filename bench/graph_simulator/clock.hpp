#pragma once

#include <chrono>

namespace graph_simulator {

/// Monotonic time since the simulator's start. Every pure part gets the present passed in, so that
/// tests own it.
using instant = std::chrono::microseconds;

/// Wall-clock time of the simulator's start, in microseconds since 1970; added to an instant it
/// names a date.
using start_time = std::chrono::microseconds;

}  // namespace graph_simulator
