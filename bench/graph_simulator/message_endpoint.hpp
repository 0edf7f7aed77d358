#pragma once

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// `POST /{version}/{phone_number_id}/messages`: faults, validation, pair limit, rate, acceptance,
/// in this order.
reply post_message(world& state, call& what);

/// Counts an accepted message, and whether one with its callback data was accepted before.
void count_accepted(world& state, const std::string& callback);

/// Counts a refused message and gives its answer.
reply refuse_message(world& state, const api_error& error, std::string_view business_id);

}  // namespace graph_simulator
