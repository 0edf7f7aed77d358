#pragma once

#include <vector>

#include "actors/ingest/inbound_messages.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// A message that came to an account of ours.
struct received_message {
  receiving_account account;
  person from;
  written_message what;
};

/// Puts messages into the conversations of their authors, which are in the inbox from now on: as
/// their authors changed them, if we heard of that before. Those that are known change nothing. A
/// few statements, however many they are. As the engine, in the transaction that takes the webhooks
/// from the inbox.
void store_inbound_messages(storage::session& in, std::vector<received_message> list);

}  // namespace omnistream::actors
