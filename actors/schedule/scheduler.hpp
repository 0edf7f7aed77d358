#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/schedule/schedule_store.hpp"

namespace omnistream::actors {

/// A message was scheduled for this time.
struct message_scheduled {
  timestamp at;
};

/// Hands messages whose time has come over to their conversations, which send them.
using scheduler_actor =
    caf::typed_actor<caf::reacts_to<message_scheduled>,
                     caf::reacts_to<step>,   ///< INTERNAL: a database job has ended
                     caf::reacts_to<tick>>;  ///< INTERNAL: the next one is due

struct scheduler_environment {
  schedule_store* store;  ///< outlives the actor
  registry_actor registry;
  wall_clock now;
  /// At the latest; the clock may be put forward.
  std::chrono::milliseconds look_every{30'000};
  std::chrono::milliseconds look_again{1'000};  ///< after a failure
  int batch_max = 100;                          ///< messages known at once
  std::size_t left_max = 1'000;                 ///< conversations that are left, until it rests
};

/// Messages that wait take no memory: it knows those that are due, and when it must look next. One
/// after the other, so that those of one conversation keep their order. Whatever the database did
/// before an answer got lost is found out by looking again.
struct scheduler_state {
  using pointer = scheduler_actor::stateful_pointer<scheduler_state>;
  static inline const char* name = "scheduler";

  explicit scheduler_state(pointer actor) : self(actor) {}

  void take(message_scheduled what);
  void ring(tick which);
  void look();

  pointer self;
  scheduler_environment environment;

 private:
  std::function<void(std::function<void()>)> on_actor();
  void found(const result<due_messages>& due);
  void go_on();
  void released(const scheduled_message_id& which, const result<std::optional<uuid>>& outcome);
  void set_aside(const scheduled_message_id& which, const problem& why);
  void step_over(const scheduled_message_id& which, const problem& why);
  void rest(std::chrono::milliseconds at_most);
  void arm(timestamp at);

  bool looking_ = false;  ///< from a look to the end of what it found
  bool more_ = false;     ///< others are due as well
  /// Conversations of which it left some: it looks for others until there are none, and for these
  /// after a rest.
  std::vector<uuid> left_;
  timestamp next_at_{};      ///< when a later one is due, or a look
  std::uint64_t timer_ = 0;  ///< the one that counts
  std::deque<scheduled_message_id> due_;
};

scheduler_actor::behavior_type scheduler(scheduler_state::pointer self,
                                         scheduler_environment environment);

}  // namespace omnistream::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::message_scheduled)
