#include "actors/schedule/scheduler.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/background_trouble.hpp"
#include "config/base/log.hpp"

namespace omnistream::actors {

std::function<void(std::function<void()>)> scheduler_state::on_actor() {
  return [me = caf::actor_cast<scheduler_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

void scheduler_state::take(message_scheduled what) {
  if (what.at >= next_at_) return;
  next_at_ = what.at;
  if (!looking_) arm(next_at_);
}

void scheduler_state::ring(tick which) {
  if (which.number == timer_ && !looking_) look();
}

void scheduler_state::look() {
  looking_ = true;
  const auto now = environment.now();
  next_at_ = now + environment.look_every;
  environment.store->due(now, environment.batch_max, left_,
                         [this, run = on_actor()](const result<due_messages>& due) {
                           run([this, due] { found(due); });
                         });
}

void scheduler_state::found(const result<due_messages>& due) {
  if (!due) {
    warn_of_trouble("scheduler", "scheduled messages could not be looked for; trying again",
                    due.error());
    return rest(environment.look_again);
  }
  due_.assign(due->list.begin(), due->list.end());
  more_ = static_cast<int>(due_.size()) == environment.batch_max;
  if (due->next_at) next_at_ = std::min(next_at_, *due->next_at);
  go_on();
}

void scheduler_state::go_on() {
  if (due_.empty()) {
    if (more_ && left_.size() < environment.left_max) return look();
    return rest(left_.empty() ? environment.look_every : environment.look_again);
  }
  const auto which = due_.front();
  due_.pop_front();
  environment.store->release(which.id, environment.now(),
                             [this, which, run = on_actor()](const auto& outcome) {
                               run([this, which, outcome] { released(which, outcome); });
                             });
}

/// The conversation is woken whatever the answer says: it may have been committed.
void scheduler_state::released(const scheduled_message_id& which,
                               const result<std::optional<uuid>>& outcome) {
  const auto into = outcome ? outcome->value_or(which.conversation_id) : which.conversation_id;
  caf::anon_send(environment.registry, wake{{entity_kind::conversation, into}, true});
  if (outcome) return go_on();
  if (outcome.error().status == 503) return step_over(which, outcome.error());
  set_aside(which, outcome.error());
}

/// What cannot be handed over must not stand in the way of what is due after it.
void scheduler_state::set_aside(const scheduled_message_id& which, const problem& why) {
  log::error("scheduler", "a scheduled message could not be handed over, and fails",
             {{"id", which.id.to_string()}, {"reason", why.detail}});
  environment.store->fail(
      which.id, why, [this, which, run = on_actor()](const result<done>& outcome) {
        run([this, which, outcome] { outcome ? go_on() : step_over(which, outcome.error()); });
      });
}

/// It is tried again later, before those that come after it in its conversation: until then none
/// of that conversation is looked for, as they may be all that one look finds.
void scheduler_state::step_over(const scheduled_message_id& which, const problem& why) {
  if (left_.empty())
    log::warn("scheduler", "a scheduled message could not be handed over; trying again",
              {{"id", which.id.to_string()}, {"reason", why.detail}});
  left_.push_back(which.conversation_id);
  std::erase_if(due_, [&which](const scheduled_message_id& other) {
    return other.conversation_id == which.conversation_id;
  });
  go_on();
}

void scheduler_state::rest(std::chrono::milliseconds at_most) {
  looking_ = false;
  due_.clear();
  left_.clear();
  arm(std::min(next_at_, environment.now() + at_most));
}

void scheduler_state::arm(timestamp at) {
  next_at_ = at;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at - environment.now());
  self->delayed_send(self, std::max(left, std::chrono::milliseconds{0}), tick{++timer_});
}

scheduler_actor::behavior_type scheduler(scheduler_state::pointer self,
                                         scheduler_environment environment) {
  auto& state = self->state;
  state.environment = std::move(environment);
  state.look();
  return {
      [&state](message_scheduled what) { state.take(what); },
      [](const step& next) { (*next.run)(); },
      [&state](tick which) { state.ring(which); },
  };
}

}  // namespace omnistream::actors
