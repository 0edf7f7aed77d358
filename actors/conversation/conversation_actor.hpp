#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/conversation/conversation_sending.hpp"
#include "actors/conversation/conversation_store.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What a conversation's actor needs besides its messages.
struct conversation_environment {
  conversation_store* store;  ///< outlives the actors
  registry_actor registry;
  dispatcher_pool_actor dispatchers;
  wall_clock now;
  std::function<double()> jitter;  ///< uniform in [0, 1)
  conversation_options options;
};

/// One conversation: takes its callers' commands one at a time, in their order, lets the machine
/// decide on them, and sends the person what agents write. It keeps no state from one command to
/// the next: what people write changes the row in large batches, past every actor, so the row is
/// the truth. Each command reads it, locked, in its own transaction, which costs one look by
/// primary key and leaves nothing that could be stale. So the actor has no reason to stay: it
/// offers to leave as soon as nobody waits and nothing is on its way to Meta, and conversations
/// take memory only while something is done to them.
struct conversation_actor_state {
  using pointer = entity_actor::stateful_pointer<conversation_actor_state>;
  static inline const char* name = "conversation";

  explicit conversation_actor_state(pointer actor) : self(actor) {}

  void begin(uuid conversation, conversation_environment with);
  void take_call(const entity_call& call);
  void take_report(const outcomes& report);
  /// Something may wait to be sent, or, unless it is `more_only`, its account has changed.
  void wake(bool more_only);
  void look();   ///< try again what the database could not do
  void go_on();  ///< does the next command, or leaves
  void begin_drain();
  void count_call() { ++calls_seen_; }  ///< one message the registry passed on

  pointer self;
  uuid id;
  conversation_environment environment;
  std::unique_ptr<conversation_sending> sending;

 private:
  std::function<void(std::function<void()>)> on_actor();
  conversation_sending::hooks make_hooks();
  void run(const entity_call& call);
  void change(const entity_call& call, const conversation_command& what);
  void take_message(const entity_call& call, const send_message& what);
  void finish(const entity_call& call, result<answer> outcome);

  std::deque<entity_call> calls_;
  bool busy_ = false;  ///< a command is being committed
  bool draining_ = false;
  std::uint64_t calls_seen_ = 0;
};

entity_actor::behavior_type conversation_actor(conversation_actor_state::pointer self,
                                               uuid conversation,
                                               conversation_environment environment);

}  // namespace omnistream::actors
