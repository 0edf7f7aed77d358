#pragma once

#include <memory>

#include "actors/conversation/conversation_store.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// The conversation store on PostgreSQL. What a caller asked for runs as its tenant.
std::unique_ptr<conversation_store> make_conversation_store(storage::pool& pool);

}  // namespace omnistream::actors
