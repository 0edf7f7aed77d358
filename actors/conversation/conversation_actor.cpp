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
  sending = std::make_unique<conversation_sending>(id, *environment.store, environment.options,
                                                   environment.now, make_hooks());
}

std::function<void(std::function<void()>)> conversation_actor_state::on_actor() {
  return [me = caf::actor_cast<entity_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

conversation_sending::hooks conversation_actor_state::make_hooks() {
  conversation_sending::hooks hooks;
  hooks.on_actor = on_actor();
  hooks.look_again = [this](std::chrono::milliseconds wait) {
    self->delayed_send(self, wait, tick{});
  };
  hooks.wake_at = [this](timestamp at) {
    caf::anon_send(environment.registry, alarm{{entity_kind::conversation, id}, at});
  };
  hooks.offer_items = [this](offer items) {
    caf::anon_send(environment.dispatchers, std::move(items));
  };
  hooks.take_back = [this](const std::string& sender_id) {
    caf::anon_send(environment.dispatchers, withdraw{{entity_kind::conversation, id}, sender_id});
  };
  hooks.jitter = environment.jitter;
  return hooks;
}

void conversation_actor_state::take_call(const entity_call& call) {
  if (draining_) return (*call.answer)(shutting_down());
  calls_.push_back(call);
  go_on();
}

void conversation_actor_state::take_report(const outcomes& report) {
  sending->take(report);
  go_on();
}

void conversation_actor_state::wake(bool more_only) {
  if (more_only)
    sending->supply();
  else
    sending->reconsider();
  go_on();
}

void conversation_actor_state::look() {
  sending->look();
  go_on();
}

void conversation_actor_state::go_on() {
  while (!busy_ && !calls_.empty()) {
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    run(call);
  }
  if (busy_ || sending->busy()) return;
  if (draining_) return self->quit();
  caf::anon_send(environment.registry, idle{{entity_kind::conversation, id}, calls_seen_});
}

void conversation_actor_state::run(const entity_call& call) {
  if (const auto* what = std::get_if<conversation_command>(call.what.get()))
    change(call, *what);
  else if (const auto* message = std::get_if<send_message>(call.what.get()))
    take_message(call, *message);
  else
    (*call.answer)(problems::not_found("conversation"));
}

void conversation_actor_state::change(const entity_call& call, const conversation_command& what) {
  busy_ = true;
  conversation_change change{call.tenant_id, id, what, {}};
  change.decide = [what, now = environment.now()](const conversation_state& state) {
    return decide(state, what, now);
  };
  environment.store->change(std::move(change), [this, call, run = on_actor()](
                                                   const result<changed_conversation>& outcome) {
    run([this, call, outcome] {
      if (!outcome) return finish(call, outcome.error());
      const auto& [json, transfer] = *outcome;
      finish(call, answer{200, transfer ? transfer_json(id, *transfer) : json});
    });
  });
}

/// Answered as soon as it is committed; sending follows.
void conversation_actor_state::take_message(const entity_call& call, const send_message& what) {
  busy_ = true;
  environment.store->take(
      {call.tenant_id, id, what.draft, what.from, environment.now()},
      [this, call, run = on_actor()](const result<shown_message>& outcome) {
        run([this, call, outcome] {
          // After a 503 nobody knows: it may have been taken.
          if (outcome || outcome.error().status == 503) sending->supply();
          if (!outcome) return finish(call, outcome.error());
          finish(call, answer{outcome->known_before ? 200 : 202, outcome->json});
        });
      });
}

void conversation_actor_state::finish(const entity_call& call, result<answer> outcome) {
  busy_ = false;
  (*call.answer)(std::move(outcome));
}

void conversation_actor_state::begin_drain() {
  draining_ = true;
  sending->stop();
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
      [&state](const wake& why) { state.count_call(), state.wake(why.more_only); },
      [&state](const outcomes& report) { state.count_call(), state.take_report(report); },
      [&state](const step& next) {
        (*next.run)();
        state.go_on();
      },
      [&state](tick) { state.look(); },
      [self](passivate) { self->quit(); },
      [&state](drain) { state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
