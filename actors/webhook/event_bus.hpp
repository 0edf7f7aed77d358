#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/webhook/event_bus_store.hpp"

namespace omnistream::actors {

/// Events were committed to the outbox of these subscriptions.
struct events_committed {
  std::vector<uuid> webhooks;
};
/// INTERNAL: remove what is older than it is kept.
struct forget_old {};

/// Hands events over in the process: who has something new in the outbox is woken.
using event_bus_actor =
    caf::typed_actor<caf::reacts_to<events_committed>,
                     caf::reacts_to<step>,  ///< INTERNAL: a database job has ended
                     caf::reacts_to<tick>,  ///< INTERNAL: look into the outbox
                     caf::reacts_to<forget_old>>;

struct event_bus_environment {
  event_bus_store* store;  ///< outlives the actor
  registry_actor registry;
  std::chrono::milliseconds look_every{30'000};  ///< a word may get lost with its connection
  std::chrono::milliseconds forget_every{3'600'000};
  kept_days kept{};
};

struct event_bus_state {
  using pointer = event_bus_actor::stateful_pointer<event_bus_state>;
  static inline const char* name = "event_bus";

  explicit event_bus_state(pointer actor) : self(actor) {}

  void wake_all(const std::vector<uuid>& webhooks);
  void look();
  void forget();

  pointer self;
  event_bus_environment environment;

 private:
  std::function<void(std::function<void()>)> on_actor();

  bool looked_ahead_ = false;  ///< once, after the start: whoever waits for an attempt is known
};

event_bus_actor::behavior_type event_bus(event_bus_state::pointer self,
                                         event_bus_environment environment);

}  // namespace omnistream::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::events_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::forget_old)
