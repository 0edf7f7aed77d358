#pragma once

#include <memory>

#include "actors/live/live_store.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// What the hub asks, on PostgreSQL: events as their tenant, the rest as the engine. `pool`
/// outlives it.
std::unique_ptr<live_store> make_live_store(storage::pool& pool);

}  // namespace omnistream::actors
