#pragma once

#include "actors/conversation/conversation_store.hpp"
#include "actors/conversation/conversation_store_sql.hpp"
#include "storage/pool.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// What a conversation's actor asks of the queue: see conversation_store::next().
struct outgoing_request {
  uuid conversation;
  uuid token;
  bool fresh = false;
  timestamp now{};
};

/// conversation_store::next() and record() within a transaction of the engine.
result<outgoing_work> next_outgoing(storage::session& in, const conversation_store_options& options,
                                    const outgoing_request& what);
void record_outgoing(storage::session& in, const uuid& conversation, const recorded_message& what);

/// Notes that the mail of a message is written from now on: before its first byte, so that one that
/// was not begun when the server stops is sent later. False: it must not be written, as it is not
/// claimed with that token any more, or the database cannot be asked. Blocks; never on an actor.
bool begin_mail(storage::pool& pool, const uuid& message, const uuid& claim);

}  // namespace omnistream::actors
