#pragma once

#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/messaging_payload.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// Whether an echo is of a message that an agent sent here; that one is sent then, knows Meta's id,
/// and waits for nothing any more. For echoes whose id is not known yet. Runs as the engine in the
/// transaction that takes the webhook from the inbox.
bool is_own_echo(storage::session& in, const receiving_account& account,
                 const messaging_event& echo);

}  // namespace omnistream::actors
