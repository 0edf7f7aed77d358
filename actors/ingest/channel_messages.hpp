#pragma once

#include <optional>
#include <vector>

#include "actors/ingest/email_payload.hpp"
#include "actors/ingest/inbound_batch.hpp"
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

/// A message on WhatsApp; nothing if the number is not ours.
std::optional<received_message> received_on_whatsapp(receiving_accounts& accounts,
                                                     inbound_message message, timestamp now);
/// The same of Messenger and Instagram, for an event that is a message.
std::optional<received_message> received_on_channel(receiving_accounts& accounts,
                                                    messaging_event event, timestamp now);
/// A mail, once for every account of ours it was sent to. Mails carry no time that could be
/// trusted: they are from when they are applied. Which mails of ours it answers decides about its
/// conversation: see store_inbound_messages().
std::vector<received_message> received_by_mail(receiving_accounts& accounts,
                                               const inbound_email& mail, timestamp now);

/// Marks the mail of ours that a mail reports to have failed. False if it reports none, or none of
/// ours: then it is a mail like others.
bool apply_mail_failure(storage::session& in, receiving_accounts& accounts,
                        const inbound_email& mail);

/// An event of Messenger and Instagram that is no message: an echo, an edit, a receipt, ...
void apply_messaging(storage::session& in, receiving_accounts& accounts, messaging_event event,
                     timestamp now);

/// Somebody changed a message of theirs on WhatsApp, or took it back.
void apply_message_change(storage::session& in, receiving_accounts& accounts,
                          const message_change& change, timestamp now);

}  // namespace omnistream::actors
