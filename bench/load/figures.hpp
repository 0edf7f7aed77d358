#pragma once

#include <nlohmann/json.hpp>

namespace omnistream::load {

/// Figures in the order in which they are to be read. Names carry the unit: `sent_per_s`, `p99_ms`.
using figures = nlohmann::ordered_json;

}  // namespace omnistream::load
