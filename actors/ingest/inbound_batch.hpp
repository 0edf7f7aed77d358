#pragma once

#include <vector>

#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// A message that came to an account of ours.
struct received_message {
  receiving_account account;
  person from;
  written_message what;
};

/// Puts messages into the conversations of their authors, which are in the inbox from now on: as
/// their authors changed them, if we heard of that before. A mail that answers one that its account
/// sent belongs to the conversation of that one, whoever writes it; what programs send does not.
/// Those that are known change nothing. A few statements, however many they are. Contacts that they
/// show to be one person become one, and whoever has another number is moved to it. As the engine,
/// in the transaction that takes the webhooks from the inbox.
void store_inbound_messages(storage::session& in, std::vector<received_message> list,
                            whom_to_wake& to_wake);

}  // namespace omnistream::actors
