#include "actors/dispatch/dispatcher_pool.hpp"

#include <caf/send.hpp>

namespace omnistream::actors {
namespace {

/// The number's dispatcher, made on first use; null beyond the bound.
dispatcher_actor dispatcher_of(dispatcher_pool_state& state, const std::string& phone_number_id) {
  if (auto found = state.by_number.find(phone_number_id); found != state.by_number.end())
    return found->second;
  if (state.by_number.size() >= state.dispatchers_max) return {};
  auto made = state.self->spawn(dispatcher, state.environment);
  state.by_number.emplace(phone_number_id, made);
  return made;
}

void return_unsent(dispatcher_pool_state& state, const offer& from) {
  auto list = std::make_shared<std::vector<send_outcome>>();
  for (const auto& item : *from.items) {
    send_outcome outcome;
    outcome.seq = item.seq;
    outcome.attempt = item.attempt;
    outcome.retry = item.retry;
    outcome.returned = true;
    outcome.at = state.environment.now();
    list->push_back(std::move(outcome));
  }
  caf::anon_send(state.environment.registry, outcomes{from.campaign_id, std::move(list), false});
}

}  // namespace

dispatcher_pool_actor::behavior_type dispatcher_pool(dispatcher_pool_state::pointer self,
                                                     dispatcher_environment environment,
                                                     std::size_t dispatchers_max) {
  auto& state = self->state;
  state.environment = std::move(environment);
  state.dispatchers_max = dispatchers_max;
  self->set_exit_handler([self](caf::exit_msg& end) {
    for (auto& [number, to] : self->state.by_number) caf::anon_send_exit(to, caf::exit_reason::user_shutdown);
    self->quit(end.reason);
  });
  return {
      [&state](const offer& from) {
        if (auto to = dispatcher_of(state, from.account->phone_number_id))
          caf::anon_send(to, from);
        else
          return_unsent(state, from);
      },
      [&state](const withdraw& from) {
        if (auto found = state.by_number.find(from.phone_number_id); found != state.by_number.end())
          caf::anon_send(found->second, from);
        else
          caf::anon_send(
              state.environment.registry,
              outcomes{from.campaign_id, std::make_shared<std::vector<send_outcome>>(), true});
      },
      [&state](drain) {
        for (auto& [number, to] : state.by_number) caf::anon_send(to, drain{});
      },
  };
}

}  // namespace omnistream::actors
