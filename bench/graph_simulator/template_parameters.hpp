#pragma once

#include <nlohmann/json.hpp>

#include "bench/graph_simulator/errors.hpp"
#include "bench/graph_simulator/message_template.hpp"

namespace graph_simulator {

/// Checks `template.components` of a message against the template it names: which components there
/// are, the kinds, numbers and names of their parameters, and the limits of the texts. `components`
/// may be null (not given).
verdict check_template_parameters(const nlohmann::json* components, const message_template& target);

}  // namespace graph_simulator
