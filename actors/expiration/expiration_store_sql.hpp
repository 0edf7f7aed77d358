#pragma once

#include <memory>

#include "actors/expiration/expiration_store.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// What the expirer asks, on PostgreSQL, as the engine. `pool` outlives it.
std::unique_ptr<expiration_store> make_expiration_store(storage::pool& pool);

}  // namespace omnistream::actors
