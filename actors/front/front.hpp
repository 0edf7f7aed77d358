#pragma once

#include <atomic>
#include <memory>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// The door between HTTP and the actors: every API call passes it once. It counts the calls that
/// are not answered yet, refuses what is beyond `in_flight_max` with 503 `busy` and Retry-After,
/// and hands commands to the registry and reads to storage. It waits for nothing itself.
struct front_state {
  using pointer = front_actor::stateful_pointer<front_state>;
  static inline const char* name = "front";

  explicit front_state(pointer actor) : self(actor) {}

  /// The caller's reply, counted until it is used; null if the call was refused.
  reply_ptr admit(const reply_ptr& caller);

  pointer self;
  registry_actor registry;
  std::shared_ptr<std::atomic<int>> in_flight = std::make_shared<std::atomic<int>>(0);
  int in_flight_max = 0;
  bool draining = false;
};

/// `in_flight` is shared with the metrics.
front_actor::behavior_type front(front_state::pointer self, registry_actor registry,
                                 int in_flight_max, std::shared_ptr<std::atomic<int>> in_flight);

}  // namespace omnistream::actors
