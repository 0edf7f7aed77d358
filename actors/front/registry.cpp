#include "actors/front/registry.hpp"

#include <algorithm>

#include <caf/send.hpp>

namespace omnistream::actors {

std::string_view to_string(entity_kind kind) {
  switch (kind) {
    case entity_kind::campaign:
      return "campaign";
    case entity_kind::conversation:
      return "conversation";
    case entity_kind::webhook:
      return "webhook";
  }
  return "unknown";
}

registry_state::living& registry_state::at(const entity_address& address) {
  if (auto found = entities.find(address); found != entities.end()) return found->second;
  auto handle = environment.factories.at(address.kind)(self->system(), self, address.id);
  self->monitor(handle);
  return entities.emplace(address, living{handle, 0}).first->second;
}

void registry_state::pass_on(const entity_call& call) {
  if (draining)
    return (*call.answer)(
        problems::unavailable("shutting_down", "The server is shutting down; try again."));
  auto& to = at(call.to);
  ++to.passed_on;
  caf::anon_send(to.handle, call);
}

void registry_state::wake_up(const wake& whom) {
  if (draining) return;
  auto& to = at(whom.to);
  ++to.passed_on;
  caf::anon_send(to.handle, whom);
}

/// Only who lives can have something in flight; a report for another one came after a kill and is
/// moot.
void registry_state::report(const outcomes& list) {
  auto found = entities.find(list.to);
  if (found == entities.end()) return;
  ++found->second.passed_on;
  caf::anon_send(found->second.handle, list);
}

void registry_state::let_go(const idle& offer) {
  auto found = entities.find(offer.who);
  if (found == entities.end() || found->second.passed_on != offer.calls_seen) return;
  auto handle = found->second.handle;
  entities.erase(found);
  caf::anon_send(handle, passivate{});
}

void registry_state::ring() {
  self->delayed_send(self, environment.alarm_check, tick{});
  if (draining) return;
  const auto now = environment.now();
  for (auto it = alarms.begin(); it != alarms.end();) {
    if (it->second > now) {
      ++it;
      continue;
    }
    const auto address = it->first;
    it = alarms.erase(it);
    wake_up({address});
  }
}

/// An entity that broke down is made anew a moment later: it may have had work.
void registry_state::forget(const caf::down_msg& down) {
  const auto found = std::find_if(entities.begin(), entities.end(), [&down](const auto& entry) {
    return entry.second.handle.address() == down.source;
  });
  if (found != entities.end()) {
    if (down.reason && !draining)
      alarms[found->first] = environment.now() + std::chrono::seconds{1};
    entities.erase(found);
  }
  if (drained && entities.empty()) {
    drained->deliver(true);
    drained.reset();
  }
}

caf::result<bool> registry_state::begin_drain() {
  draining = true;
  if (entities.empty()) return true;
  for (auto& [address, entity] : entities) caf::anon_send(entity.handle, drain{});
  drained = self->make_response_promise<caf::typed_response_promise<bool>>();
  return *drained;
}

registry_actor::behavior_type registry(registry_state::pointer self,
                                       registry_environment environment) {
  auto& state = self->state;
  state.environment = std::move(environment);
  self->set_down_handler([&state](const caf::down_msg& down) { state.forget(down); });
  self->set_exit_handler([self](caf::exit_msg& end) {
    // Entities have timers that would keep them for an hour: nobody leaves them behind.
    for (auto& [address, entity] : self->state.entities)
      caf::anon_send_exit(entity.handle, caf::exit_reason::user_shutdown);
    self->quit(end.reason);
  });
  self->delayed_send(self, state.environment.alarm_check, tick{});
  return {
      [&state](const entity_call& call) { state.pass_on(call); },
      [&state](const wake& whom) { state.wake_up(whom); },
      [&state](const outcomes& list) { state.report(list); },
      [&state](const alarm& when) { state.alarms[when.to] = when.at; },
      [&state](const idle& offer) { state.let_go(offer); },
      [&state](tick) { state.ring(); },
      [&state](drain) { return state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
