#pragma once

#include <chrono>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/expiration/expiration_store.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// Ends conversations in which nothing happened for too long, by the rules of their channels.
using expirer_actor =
    caf::typed_actor<caf::reacts_to<step>,   ///< INTERNAL: a database job has ended
                     caf::reacts_to<tick>>;  ///< INTERNAL: look for what has expired

struct expirer_environment {
  expiration_store* store;  ///< outlives the actor
  std::chrono::milliseconds look_every{60'000};
  int batch_max = 500;  ///< conversations of one transaction
};

/// It goes past the conversations' actors, in batches: a whole channel may fall silent at once, and
/// each command reads the row anew anyway. It first looks one interval after the start, when what
/// people wrote meanwhile has been applied.
struct expirer_state {
  using pointer = expirer_actor::stateful_pointer<expirer_state>;
  static inline const char* name = "expirer";

  explicit expirer_state(pointer actor) : self(actor) {}

  void look();
  void take(const result<int>& ended);

  pointer self;
  expirer_environment environment;
};

expirer_actor::behavior_type expirer(expirer_state::pointer self, expirer_environment environment);

}  // namespace omnistream::actors
