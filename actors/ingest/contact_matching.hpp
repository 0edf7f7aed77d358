#pragma once

#include <optional>
#include <string>

#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

/// Which contact a person is, so that nobody is two. Everything runs in the transaction that takes
/// the webhook from the inbox, as the engine.
namespace omnistream::actors {

/// Contacts that became one with another in this transaction: ids that were read before may be of
/// none.
struct merged_contacts {
  whom_to_wake& to_wake;  ///< conversations that go on with what waited in others
  int count = 0;
};

struct found_contact {
  uuid id;
  bool is_current = true;  ///< has the ids now; false: had them when it wrote
};

/// The contact that a person is who wrote at `at`; whoever is new becomes one. On WhatsApp whoever
/// is known by one id is known by each that comes with it, and two contacts of which both ids are
/// become one. Where that cannot be done now, as messages are on their way to both, the number
/// decides, and it is done soon after.
found_contact contact_of(storage::session& in, const uuid& tenant, const person& who, timestamp at,
                         merged_contacts& merged);

/// The same of a channel that knows people by one id.
uuid contact_on_channel(storage::session& in, const uuid& tenant, const person& who);

/// Who a person of WhatsApp was at `at`, also by ids they have no more; nothing: nobody we know.
/// Two contacts become one if `who` shows that they are.
std::optional<uuid> known_contact_of(storage::session& in, const uuid& tenant, const person& who,
                                     timestamp at, merged_contacts& merged);

/// Contacts that could not become one become one now, if they can. Of each pair by itself: one that
/// fails is told in the log and tried again later, less and less often.
void merge_due_contacts(storage::session& in, merged_contacts& merged);

/// Somebody on WhatsApp has another number since `at`: the contact is the same, and one with
/// whoever wrote from the new number since. Who wrote from it before had it then, and is somebody
/// else; so is who writes from the old one later. Numbers with their +. Throws where that cannot be
/// done now: the webhook is tried again.
void move_number(storage::session& in, const uuid& tenant, const std::string& from,
                 const std::string& to, timestamp at, merged_contacts& merged);

}  // namespace omnistream::actors
