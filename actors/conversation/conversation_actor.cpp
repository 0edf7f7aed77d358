#include "actors/conversation/conversation_actor.hpp"

#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

namespace omnistream::actors {
namespace {

problem shutting_down() {
  return problems::unavailable("shutting_down", "The server is shutting down; try again.");
}

std::string transfer_json(const uuid& conversation, const conversation_transfer& moved) {
  nlohmann::json fields{{"message", "The conversation is transferred."},
                        {"conversation_id", conversation.to_string()}};
  const auto add = [&fields](const char* name, const std::optional<uuid>& id) {
    if (id) fields[name] = id->to_string();
  };
  add("from_agent_id", moved.from_agent_id);
  add("to_agent_id", moved.to_agent_id);
  add("to_division_id", moved.to_division_id);
  return fields.dump();
}

}  // namespace

void conversation_actor_state::begin(uuid conversation, conversation_environment with) {
  id = conversation;
  environment = std::move(with);
}

void conversation_actor_state::take_call(const entity_call& call) {
  if (draining_) return (*call.answer)(shutting_down());
  calls_.push_back(call);
  go_on();
}

void conversation_actor_state::go_on() {
  while (!busy_ && !calls_.empty()) {
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    run(call);
  }
  if (busy_) return;
  if (draining_) return self->quit();
  caf::anon_send(environment.registry, idle{{entity_kind::conversation, id}, calls_seen_});
}

void conversation_actor_state::run(const entity_call& call) {
  const auto* what = std::get_if<conversation_command>(call.what.get());
  if (what == nullptr) return (*call.answer)(problems::not_found("conversation"));
  busy_ = true;
  conversation_change change{call.tenant_id, id, *what, {}};
  change.decide = [what = *what, now = environment.now()](const conversation_state& state) {
    return decide(state, what, now);
  };
  environment.store->change(
      std::move(change),
      [this, call, me = caf::actor_cast<entity_actor>(self)](result<changed_conversation> outcome) {
        caf::anon_send(me, step{std::make_shared<const std::function<void()>>(
                               [this, call, outcome = std::move(outcome)] {
                                 busy_ = false;
                                 finish(call, outcome);
                                 go_on();
                               })});
      });
}

void conversation_actor_state::finish(const entity_call& call,
                                      const result<changed_conversation>& outcome) {
  if (!outcome) return (*call.answer)(outcome.error());
  const auto& [json, transfer] = outcome.value();
  (*call.answer)(answer{200, transfer ? transfer_json(id, *transfer) : json});
}

void conversation_actor_state::begin_drain() {
  draining_ = true;
  for (auto& dropped : std::exchange(calls_, {})) (*dropped.answer)(shutting_down());
  go_on();
}

entity_actor::behavior_type conversation_actor(conversation_actor_state::pointer self,
                                               uuid conversation,
                                               conversation_environment environment) {
  auto& state = self->state;
  state.begin(conversation, std::move(environment));
  return {
      [&state](const entity_call& call) { state.count_call(), state.take_call(call); },
      [&state](const wake&) { state.count_call(), state.go_on(); },
      [](const outcomes&) {},  // of campaigns
      [](const step& next) { (*next.run)(); },
      [](tick) {},
      [self](passivate) { self->quit(); },
      [&state](drain) { state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
