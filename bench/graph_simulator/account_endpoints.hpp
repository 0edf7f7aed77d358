#pragma once

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// `GET /{version}/{id}?fields=`: a template by a known id, otherwise a person, a phone number or
/// a WABA, whichever the wanted fields belong to.
reply get_node(world& state, call& what);
/// `GET /{version}/{waba}/phone_numbers`: the numbers that belong to the WABA, as far as they were
/// named.
reply list_numbers(world& state, call& what);
/// `POST /{version}/{phone_number_id}/register`: `messaging_product` and a `pin` of six digits.
reply register_number(world& state, call& what);
reply deregister_number(world& state, call& what);
/// `/{version}/{waba}/subscribed_apps`.
reply subscribe_app(world& state, call& what);
reply list_subscribed_apps(world& state, call& what);
reply unsubscribe_app(world& state, call& what);

}  // namespace graph_simulator
