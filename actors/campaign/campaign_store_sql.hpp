#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/campaign/campaign_store.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// Where the SQL store gets what is not in the database.
struct campaign_store_options {
  std::function<std::int64_t()>
      epoch;  ///< of the engine's lease; a claim under another one is refused
  open_account_secret open_token;
  int default_messages_per_second = 80;
  int recipients_max = 10'000'000;  ///< per campaign
  /// Told who waits for an account that was just paused, and must look at it. Any thread.
  std::function<void(const whom_to_wake&)> stopped = [](const whom_to_wake&) {};
};

/// The campaign store on PostgreSQL. What a caller asked for runs as its tenant; what the engine
/// does runs as the engine. Completions come on a pool thread.
std::unique_ptr<campaign_store> make_campaign_store(storage::pool& pool,
                                                    campaign_store_options options);

}  // namespace omnistream::actors
