#include "actors/dispatch/dispatcher_pool.hpp"

#include <algorithm>

#include <caf/send.hpp>

namespace omnistream::actors {
namespace {

/// Lets the dispatcher go that was offered nothing for the longest time, if that is long enough. It
/// finishes what it has and ends with its last reference.
void make_room(dispatcher_pool_state& state) {
  const auto oldest = std::min_element(
      state.by_sender.begin(), state.by_sender.end(),
      [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; });
  if (oldest == state.by_sender.end() ||
      state.environment.now() - oldest->second.last_used < dispatcher_idle)
    return;
  caf::anon_send(oldest->second.handle, drain{});
  state.by_sender.erase(oldest);
}

/// The sender's dispatcher, made on first use; null if there is no room for it.
dispatcher_actor dispatcher_of(dispatcher_pool_state& state, const std::string& sender_id) {
  auto found = state.by_sender.find(sender_id);
  if (found == state.by_sender.end()) {
    if (state.by_sender.size() >= state.dispatchers_max) make_room(state);
    if (state.by_sender.size() >= state.dispatchers_max) return {};
    found = state.by_sender
                .emplace(sender_id,
                         dispatcher_pool_state::employed{
                             state.self->spawn(dispatcher, state.environment), {}})
                .first;
  }
  found->second.last_used = state.environment.now();
  return found->second.handle;
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
  const auto left = static_cast<int>(list->size());
  caf::anon_send(state.environment.registry, outcomes{from.from, std::move(list), false, left});
}

}  // namespace

dispatcher_pool_actor::behavior_type dispatcher_pool(dispatcher_pool_state::pointer self,
                                                     dispatcher_environment environment,
                                                     std::size_t dispatchers_max) {
  auto& state = self->state;
  state.environment = std::move(environment);
  state.dispatchers_max = dispatchers_max;
  self->set_exit_handler([self](caf::exit_msg& end) {
    for (auto& [sender, to] : self->state.by_sender)
      caf::anon_send_exit(to.handle, caf::exit_reason::user_shutdown);
    self->quit(end.reason);
  });
  return {
      [&state](const offer& from) {
        if (auto to = dispatcher_of(state, from.account->sender_id))
          caf::anon_send(to, from);
        else
          return_unsent(state, from);
      },
      [&state](const withdraw& from) {
        if (auto found = state.by_sender.find(from.sender_id); found != state.by_sender.end())
          caf::anon_send(found->second.handle, from);
        else
          caf::anon_send(
              state.environment.registry,
              outcomes{from.from, std::make_shared<std::vector<send_outcome>>(), true, 0});
      },
      [&state](drain) {
        for (auto& [sender, to] : state.by_sender) caf::anon_send(to.handle, drain{});
      },
  };
}

}  // namespace omnistream::actors
