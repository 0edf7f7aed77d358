#include "actors/campaign/campaign_actor.hpp"

#include <utility>

#include <caf/send.hpp>

#include "config/base/log.hpp"

namespace omnistream::actors {

void campaign_actor_state::begin(uuid campaign, campaign_environment with) {
  id = campaign;
  environment = std::move(with);
  last_active_ = environment.now();
  sending = std::make_unique<campaign_sending>(id, *environment.store, environment.options,
                                               environment.now, make_hooks());
  load([this] { look(); });
}

std::function<void(std::function<void()>)> campaign_actor_state::on_actor() {
  return [me = caf::actor_cast<entity_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

campaign_sending::hooks campaign_actor_state::make_hooks() {
  campaign_sending::hooks hooks;
  hooks.on_actor = on_actor();
  hooks.look_again = [this](std::chrono::milliseconds wait) { look_after(wait); };
  hooks.offer_items = [this](offer items) {
    caf::anon_send(environment.dispatchers, std::move(items));
  };
  hooks.take_back = [this](withdraw what) {
    caf::anon_send(environment.dispatchers, std::move(what));
  };
  hooks.jitter = environment.jitter;
  hooks.counted = [this](const campaign_counters& counters) {
    state_->total = counters.total;
    state_->sent = counters.sent;
    state_->failed = counters.failed;
    state_->uncertain = counters.uncertain;
    state_->cancelled = counters.cancelled;
    tell(campaign_event::progressed);
  };
  hooks.stopped_by_meta = [this](pause why, bool of_account) {
    log::warn("campaign", "Meta refuses to send",
              {{"campaign_id", id.to_string()}, {"code", why.code}, {"reason", why.reason}});
    if (of_account && account_)
      environment.store->pause_account(account_->id, why, [](result<done>) {});
    tell(campaign_event::stopped_by_meta, std::move(why));
  };
  return hooks;
}

void campaign_actor_state::load(std::function<void()> then) {
  loading_ = true;
  environment.store->load(id, [this, then, run = on_actor()](result<loaded_campaign> from) {
    run([this, then, from = std::move(from)] {
      loading_ = false;
      if (!from) return lost(from.error());
      loaded(from.value());
      then();
      next();
    });
  });
}

void campaign_actor_state::loaded(const loaded_campaign& from) {
  const bool fresh = !state_;
  state_ = from.state;
  tenant_id_ = from.tenant_id;
  account_ = from.account;
  sending->prepare(from, fresh);
  if (state_->status == campaign_status::sending && !state_->paused && !draining_)
    sending->supply();
}

/// Could not be loaded: whoever waits is told. What does not exist needs no actor.
void campaign_actor_state::lost(const problem& why) {
  for (auto& dropped : std::exchange(jobs_, {}))
    if (dropped.call) (*dropped.call->answer)(why);
  if (why.status == 404) return self->quit();
  look_after(environment.options.retry_store);
}

void campaign_actor_state::take_call(const entity_call& call) {
  last_active_ = environment.now();
  leaving_ = false;
  if (draining_)
    return (*call.answer)(
        problems::unavailable("shutting_down", "The server is shutting down; try again."));
  static constexpr campaign_event event_of[] = {
      campaign_event::edit,           campaign_event::remove,
      campaign_event::add_recipients, campaign_event::clear_recipients,
      campaign_event::send,           campaign_event::cancel};
  jobs_.push_back({event_of[call.what->index()], call, std::nullopt});
  next();
}

void campaign_actor_state::changed() {
  last_active_ = environment.now();
  leaving_ = false;
  if (loading_) return;
  load([this] {
    tell(campaign_event::surroundings_changed);
    tell(campaign_event::progressed);
    look();
  });
}

void campaign_actor_state::look() {
  if (leaving_) return;
  if (!state_) {
    if (!loading_) load([this] { look(); });
    return;
  }
  if (state_->status == campaign_status::scheduled && !draining_) tell(campaign_event::due);
  sending->look();
  answer_waiters();
  end_if_drained();
  offer_to_leave();
}

void campaign_actor_state::look_after(std::chrono::milliseconds wait) {
  self->delayed_send(self, std::min<std::chrono::milliseconds>(wait, std::chrono::hours{1}),
                     tick{});
}

bool campaign_actor_state::resting() const {
  return !loading_ && !busy_ && jobs_.empty() && waiters_.empty() && state_ && !sending->busy() &&
         !(state_->status == campaign_status::sending && !state_->paused && state_->open() > 0);
}

void campaign_actor_state::offer_to_leave() {
  if (draining_ || leaving_ || !resting()) return;
  const auto idle_for = environment.now() - last_active_;
  if (idle_for < environment.options.idle_passivate)
    return look_after(std::chrono::ceil<std::chrono::milliseconds>(
        environment.options.idle_passivate - idle_for));
  leaving_ = true;
  const entity_address me{entity_kind::campaign, id};
  if (state_->status == campaign_status::scheduled)
    caf::anon_send(environment.registry, alarm{me, *state_->scheduled_at});
  else if (const auto due = sending->next_due())
    caf::anon_send(environment.registry, alarm{me, *due});
  caf::anon_send(environment.registry, idle{me, calls_seen_});
}

void campaign_actor_state::begin_drain() {
  draining_ = true;
  for (auto& dropped : std::exchange(jobs_, {}))
    if (dropped.call)
      (*dropped.call->answer)(
          problems::unavailable("shutting_down", "The server is shutting down; try again."));
  sending->stop();
  answer_waiters();
  end_if_drained();
}

void campaign_actor_state::end_if_drained() {
  if (draining_ && !busy_ && !loading_ && !sending->busy()) self->quit();
}

entity_actor::behavior_type campaign_actor(campaign_actor_state::pointer self, uuid campaign,
                                           campaign_environment environment) {
  auto& state = self->state;
  state.begin(campaign, std::move(environment));
  return {
      [&state](const entity_call& call) { state.count_call(), state.take_call(call); },
      [&state](const wake&) { state.count_call(), state.changed(); },
      [&state](const outcomes& report) {
        state.count_call();
        state.sending->take(report);
        state.end_if_drained();
      },
      [&state](const step& next) {
        (*next.run)();
        state.end_if_drained();
      },
      [&state](tick) { state.look(); },
      [self](passivate) { self->quit(); },
      [&state](drain) { state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
