#include "actors/expiration/expirer.hpp"

#include <caf/send.hpp>

#include "actors/background_trouble.hpp"
#include "config/base/log.hpp"

namespace omnistream::actors {
namespace {

/// Between two batches: others get their turn at the database.
constexpr std::chrono::milliseconds batch_pause{100};

}  // namespace

void expirer_state::look() {
  environment.store->expire(environment.batch_max, [this, me = caf::actor_cast<expirer_actor>(
                                                              self)](const result<int>& ended) {
    caf::anon_send(
        me, step{std::make_shared<const std::function<void()>>([this, ended] { take(ended); })});
  });
}

void expirer_state::take(const result<int>& ended) {
  if (!ended)
    warn_of_trouble("conversation", "idle conversations could not be expired; trying again later",
                    ended.error());
  else if (*ended > 0)
    log::info("conversation", "idle conversations expired", {{"count", *ended}});
  const bool more = ended && *ended == environment.batch_max;
  self->delayed_send(self, more ? batch_pause : environment.look_every, tick{});
}

expirer_actor::behavior_type expirer(expirer_state::pointer self, expirer_environment environment) {
  auto& state = self->state;
  state.environment = environment;
  self->delayed_send(self, environment.look_every, tick{});
  return {
      [](const step& next) { (*next.run)(); },
      [&state](tick) { state.look(); },
  };
}

}  // namespace omnistream::actors
