#pragma once

#include "bench/load/figures.hpp"

namespace omnistream::load {

/// What a reader of the figures must know of the machine: processors, memory, kernel, the time, and
/// how busy it was before we began.
figures describe_machine();

}  // namespace omnistream::load
