#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "actors/schedule/schedule_store.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// What the scheduler asks, on PostgreSQL, as the engine. `pool` outlives it; `epoch` is that of
/// the engine's lease.
std::unique_ptr<schedule_store> make_schedule_store(storage::pool& pool,
                                                    std::function<std::int64_t()> epoch);

}  // namespace omnistream::actors
