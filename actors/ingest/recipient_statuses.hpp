#pragma once

#include <vector>

#include "actors/ingest/inbox_store.hpp"
#include "actors/ingest/webhook_payload.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// Applies statuses to recipients of campaigns, and what is about none to messages of
/// conversations. Adds whoever must look at themselves to `to_wake`, and counts in `did`.
void apply_statuses(storage::session& in, std::vector<status_update> updates, whom_to_wake& to_wake,
                    applied_webhooks& did);

}  // namespace omnistream::actors
