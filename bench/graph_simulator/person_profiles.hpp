#pragma once

#include <optional>

#include "bench/graph_simulator/call.hpp"

/// What people on Messenger and Instagram are called.
namespace graph_simulator {

/// `GET /{version}/{person}?fields=first_name,last_name` of Messenger, `name,username` of
/// Instagram: any id is somebody's, who is called by it the same in every run. Nothing where other
/// fields are asked for.
std::optional<reply> get_person(const call& what);

/// Whether the token of a login may ask for somebody: who wrote to what it was granted for.
bool may_ask_for_person(const world& state, const call& what);

}  // namespace graph_simulator
