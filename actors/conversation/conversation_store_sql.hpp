#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/conversation/conversation_store.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// Where the SQL store gets what is not in the database.
struct conversation_store_options {
  std::function<std::int64_t()>
      epoch;  ///< of the engine's lease; a claim under another one is refused
  open_account_secret open_token;
  int default_messages_per_second = 80;
  std::chrono::seconds uncertain_timeout{300};  ///< how long to wait for Meta's word after a crash
  /// Told who waits for an account that was just paused, and must look at it. Any thread.
  std::function<void(const whom_to_wake&)> stopped = [](const whom_to_wake&) {};
};

/// The conversation store on PostgreSQL. What a caller asked for runs as its tenant; what the actor
/// does by itself runs as the engine.
std::unique_ptr<conversation_store> make_conversation_store(storage::pool& pool,
                                                            conversation_store_options options);

}  // namespace omnistream::actors
