#pragma once

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// The simulator's own endpoints, for tests and people. No token is needed.
reply get_stats(world& state, call& what);
reply reset_stats(world& state, call& what);
reply add_fault(world& state, call& what);
reply list_faults(world& state, call& what);
reply clear_faults(world& state, call& what);
reply post_inbound(world& state, call& what);   ///< a person writes to us
reply list_messages(world& state, call& what);  ///< the last accepted bodies, newest first
reply bind_account(world& state, call& what);   ///< says which WABA a number belongs to
reply set_template_status(world& state, call& what);
reply set_health(world& state, call& what);

/// What `GET /_sim/stats` shows.
nlohmann::ordered_json describe_stats(world& state);

}  // namespace graph_simulator
