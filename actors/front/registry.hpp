#pragma once

#include <functional>
#include <map>
#include <optional>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// Makes the actor of one entity of a kind.
using entity_factory =
    std::function<entity_actor(caf::actor_system&, const registry_actor&, const uuid&)>;

struct registry_environment {
  std::map<entity_kind, entity_factory> factories;
  wall_clock now;
  std::chrono::milliseconds alarm_check{200};  ///< how late an alarm may be noticed
};

/// Who lives where. Entities are spawned on first use and let go when they offer to leave and no
/// message is under way to them; so a caller never holds a handle, and ownership can later be
/// spread over several nodes.
struct registry_state {
  using pointer = registry_actor::stateful_pointer<registry_state>;
  static inline const char* name = "registry";

  explicit registry_state(pointer actor) : self(actor) {}

  struct living {
    entity_actor handle;
    std::uint64_t passed_on =
        0;  ///< messages sent to it; it offers to leave with the number it has seen
  };

  /// The entity's actor, spawned if need be.
  living& at(const entity_address& address);
  void pass_on(const entity_call& call);
  void wake_up(const wake& whom);
  void report(const outcomes& list);
  void let_go(const idle& offer);
  void ring();  ///< wakes those whose alarm is due
  void forget(const caf::down_msg& down);
  caf::result<bool> begin_drain();

  pointer self;
  registry_environment environment;
  std::map<entity_address, living> entities;
  std::map<entity_address, timestamp> alarms;
  std::optional<caf::typed_response_promise<bool>> drained;
  bool draining = false;
};

registry_actor::behavior_type registry(registry_state::pointer self,
                                       registry_environment environment);

}  // namespace omnistream::actors
