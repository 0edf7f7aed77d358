#pragma once

#include "actors/ingest/email_payload.hpp"
#include "actors/ingest/messaging_payload.hpp"
#include "config/base/time.hpp"
#include "storage/session.hpp"

/// What Messenger, Instagram and email bring into conversations. Everything runs in the transaction
/// that takes the webhook from the inbox, as the engine, and changes nothing when it comes again.
namespace omnistream::actors {

/// True if it is a message that came to an account of ours.
bool apply_messaging(storage::session& in, const messaging_event& event);

/// A mail, for every account of ours it was sent to. Mails carry no time that could be trusted:
/// they are from when they are applied. True if there was such an account.
bool apply_email(storage::session& in, const inbound_email& mail, timestamp now);

}  // namespace omnistream::actors
