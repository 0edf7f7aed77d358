#include "actors/front/front.hpp"

#include <caf/send.hpp>

namespace omnistream::actors {

reply_ptr front_state::admit(const reply_ptr& caller) {
  if (draining) {
    (*caller)(problems::unavailable("shutting_down", "The server is shutting down; try again."));
    return nullptr;
  }
  if (*in_flight >= in_flight_max) {
    (*caller)(problems::unavailable("busy",
                                    "Too many calls are being worked on; try again in a second."));
    return nullptr;
  }
  ++*in_flight;
  return std::make_shared<reply>([caller, count = in_flight](result<answer> what) {
    --*count;
    (*caller)(std::move(what));
  });
}

front_actor::behavior_type front(front_state::pointer self, registry_actor registry,
                                 int in_flight_max, std::shared_ptr<std::atomic<int>> in_flight) {
  auto& state = self->state;
  state.registry = std::move(registry);
  state.in_flight_max = in_flight_max;
  state.in_flight = std::move(in_flight);
  return {
      [&state](const front_command& from) {
        auto counted = state.admit(from.call.answer);
        if (!counted) return;
        auto call = from.call;
        call.answer = std::move(counted);
        caf::anon_send(state.registry, std::move(call));
      },
      [&state](const front_query& from) {
        if (auto counted = state.admit(from.answer)) (*from.run)(std::move(counted));
      },
      [&state](drain) { state.draining = true; },
  };
}

}  // namespace omnistream::actors
