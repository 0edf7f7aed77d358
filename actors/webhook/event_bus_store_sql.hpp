#pragma once

#include <memory>

#include "actors/webhook/event_bus_store.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// What the event bus asks, on PostgreSQL, as the engine. `pool` outlives it.
std::unique_ptr<event_bus_store> make_event_bus_store(storage::pool& pool);

}  // namespace omnistream::actors
