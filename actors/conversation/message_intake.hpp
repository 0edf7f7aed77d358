#pragma once

#include <optional>
#include <string>

#include "actors/conversation/conversation_machine.hpp"
#include "actors/conversation/message_draft.hpp"
#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// Who sends a message.
struct message_origin {
  conversation_caller by;
  std::optional<std::string> idempotency_key;  ///< the same message is not taken twice
};

struct taken_message {
  uuid id;
  bool known_before = false;  ///< it was taken with this idempotency key already
};

/// Takes a message into the caller's transaction, as its tenant or as the engine: it is pending,
/// and waits for the conversation's actor, which is to be woken after the commit. 404 if there is
/// no such conversation or the agent does not see it; 409 if nothing can be sent in it now; 422 if
/// the message does not fit it, or the key came with something else before.
result<taken_message> take_message(storage::session& in, const uuid& conversation,
                                   const message_draft& what, const message_origin& from,
                                   timestamp now);

/// The 422 for an idempotency key that came with something else before.
problem idempotency_key_reused();

/// The problem with which take_message() would refuse it now if nothing else waited; nothing if it
/// would not. Takes nothing; the conversation stays locked until the end of the transaction.
std::optional<problem> check_message(storage::session& in, const uuid& conversation,
                                     const message_draft& what, const conversation_caller& by,
                                     timestamp now);

}  // namespace omnistream::actors
