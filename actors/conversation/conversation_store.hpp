#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/conversation/conversation_machine.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// The names that callers' bodies give to the targets of a command.
struct conversation_target_fields {
  const char* agent = "agent_id";
  const char* division = "division_id";
};
conversation_target_fields target_fields_of(const conversation_command& what);

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

/// Everything a conversation's actor asks of the database, so that its tests can run without one.
/// Calls return at once; completions come from any thread, once.
class conversation_store {
 public:
  using completion = std::function<void(result<changed_conversation>)>;

  virtual ~conversation_store() = default;
  /// In one transaction: reads the conversation and locks it, asks, and keeps what was decided. 404
  /// if it is not the tenant's or the caller does not see it, 422 if there is no such agent or
  /// division, or what the machine refuses.
  virtual void change(conversation_change what, completion done) = 0;
};

}  // namespace omnistream::actors
