#include "actors/webhook/event_bus.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/background_trouble.hpp"
#include "config/base/log.hpp"

namespace omnistream::actors {
namespace {

/// Between two portions of what is removed: others get their turn at the database.
constexpr std::chrono::milliseconds forget_pause{100};
constexpr std::chrono::milliseconds look_again{1'000};

}  // namespace

std::function<void(std::function<void()>)> event_bus_state::on_actor() {
  return [me = caf::actor_cast<event_bus_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

void event_bus_state::wake_all(const std::vector<uuid>& webhooks) {
  for (const auto& webhook : webhooks)
    caf::anon_send(environment.registry, wake{{entity_kind::webhook, webhook}});
}

void event_bus_state::look() {
  environment.store->waiting(!looked_ahead_, [this, run = on_actor()](auto found) {
    run([this, found] {
      if (found) {
        looked_ahead_ = true;
        wake_all(*found);
      }
      self->delayed_send(self, looked_ahead_ ? environment.look_every : look_again, tick{});
    });
  });
}

void event_bus_state::forget() {
  environment.store->forget(environment.kept, [this, run = on_actor()](auto outcome) {
    run([this, outcome] {
      if (!outcome)
        warn_of_trouble("webhook", "old deliveries could not be removed; trying again later",
                        outcome.error());
      else if (outcome->untold > 0)
        log::warn("webhook", "events were dropped that no subscriber took for too long",
                  {{"count", outcome->untold}, {"days", environment.kept.events}});
      self->delayed_send(self, outcome && outcome->more ? forget_pause : environment.forget_every,
                         forget_old{});
    });
  });
}

event_bus_actor::behavior_type event_bus(event_bus_state::pointer self,
                                         event_bus_environment environment) {
  auto& state = self->state;
  state.environment = std::move(environment);
  state.look();
  state.forget();
  return {
      [&state](const events_committed& of) { state.wake_all(of.webhooks); },
      [](const step& next) { (*next.run)(); },
      [&state](tick) { state.look(); },
      [&state](forget_old) { state.forget(); },
  };
}

}  // namespace omnistream::actors
