#pragma once

#include "actors/ingest/email_payload.hpp"
#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/messaging_payload.hpp"
#include "actors/ingest/webhook_payload.hpp"
#include "config/base/time.hpp"
#include "storage/session.hpp"

/// What each channel brings into conversations. Everything runs in the transaction that takes the
/// webhook from the inbox, as the engine; it may come in any order, and changes nothing when it
/// comes again. `now` bounds what times are believed.
namespace omnistream::actors {

/// A time as a channel tells it; what is more than ten minutes ahead is taken as now.
timestamp believable(timestamp told, timestamp now);

/// Each: true if it is a message that came to an account of ours.
bool apply_whatsapp_message(storage::session& in, receiving_accounts& accounts,
                            inbound_message message, timestamp now);
bool apply_messaging(storage::session& in, receiving_accounts& accounts, messaging_event event,
                     timestamp now);
/// A mail, for every account of ours it was sent to. Mails carry no time that could be trusted:
/// they are from when they are applied.
bool apply_email(storage::session& in, receiving_accounts& accounts, const inbound_email& mail,
                 timestamp now);

/// Somebody changed a message of theirs on WhatsApp, or took it back.
void apply_message_change(storage::session& in, receiving_accounts& accounts,
                          const message_change& change, timestamp now);

}  // namespace omnistream::actors
