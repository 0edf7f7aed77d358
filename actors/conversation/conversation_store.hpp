#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/campaign/campaign_store.hpp"
#include "actors/conversation/conversation_machine.hpp"
#include "actors/conversation/message_intake.hpp"
#include "actors/conversation/message_rules.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// The names that callers' bodies give to the targets of a command.
struct conversation_target_fields {
  const char* agent = "agent_id";
  const char* division = "division_id";
};
conversation_target_fields target_fields_of(const conversation_command& what);

/// Code of the 409 that says that this process does not send any more.
inline constexpr const char* not_ours = "not_ours";

/// A command of one caller, as the store carries it out.
struct conversation_change {
  uuid tenant_id;
  uuid conversation_id;
  conversation_command what;
  /// Asked once the conversation is locked. Pure: where the transaction has to be run again, it is
  /// asked again.
  std::function<conversation_decision(const conversation_state&)> decide;
};

/// What was committed.
struct changed_conversation {
  std::string json;  ///< as the API shows it
  std::optional<conversation_transfer> transfer;
};

/// A message to be taken for one caller.
struct message_to_take {
  uuid tenant_id;
  uuid conversation_id;
  message_draft what;
  message_origin from;
  timestamp at{};
};

struct shown_message {
  std::string json;           ///< as the API shows it
  bool known_before = false;  ///< it was taken before, with the same idempotency key
};

/// A message that is claimed: it may be handed to Meta, and nobody else will.
struct claimed_message {
  int number = 0;
  int attempt = 0;  ///< how often it was tried before
  std::string body;
  account_ptr account;
  bool repeatable = false;  ///< sent twice it changes no more than sent once
};

/// What there is to do for a conversation's actor.
struct outgoing_work {
  std::optional<claimed_message> claimed;
  std::optional<timestamp> due;  ///< where nothing is claimed: when to ask again
};

/// Everything a conversation's actor asks of the database, so that its tests can run without one.
/// Calls return at once; completions come from any thread, once.
class conversation_store {
 public:
  virtual ~conversation_store() = default;
  /// In one transaction: reads the conversation and locks it, asks, and keeps what was decided. 404
  /// if it is not the tenant's or the caller does not see it, 422 if there is no such agent or
  /// division, or what the machine refuses.
  virtual void change(conversation_change what, completion<changed_conversation> done) = 0;
  /// Takes a message that is to be sent: see take_message().
  virtual void take(message_to_take what, completion<shown_message> done) = 0;
  /// Claims the first message that waits, if it is due and its account can send; fails what cannot
  /// be sent any more, and what was uncertain for too long. Committed when it answers. Idempotent
  /// for the same `token`: an answer that got lost is simply asked for again. `fresh`: whatever is
  /// claimed was claimed by an actor that is no more, so nobody knows whether it was sent. 409
  /// `not_ours` if this process does not send any more.
  virtual void next(const uuid& conversation, const uuid& token, bool fresh, timestamp now,
                    completion<outgoing_work> done) = 0;
  /// Records what became of a claimed message. `refused`: nothing more goes through the account it
  /// was sent through. Idempotent until the next claim. What a webhook has settled meanwhile stays.
  virtual void record(const uuid& conversation, recorded_message what, account_ptr account,
                      std::optional<pause> refused, completion<done> done) = 0;
};

}  // namespace omnistream::actors
