#include "actors/campaign/campaign_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "config/base/log.hpp"

namespace omnistream::actors {
namespace {

/// What is overdue because its turn has not come is looked at no faster than this.
constexpr std::chrono::milliseconds past_due_pause{50};

}  // namespace

void campaign_actor_state::begin(uuid campaign, campaign_environment with) {
  id = campaign;
  environment = std::move(with);
  last_active_ = environment.now();
  sending = std::make_unique<campaign_sending>(id, *environment.store, environment.options,
                                               environment.now, make_hooks());
  load([this](const problem* why) {
    if (why == nullptr) look();
  });
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
    ++counted_;
    tell(campaign_event::progressed);
  };
  hooks.stopped_by_meta = [this](wider_refusal refused) {
    // What was in flight together is refused together: one word is enough.
    if (state_->paused || is_mended(refused) || std::exchange(pausing_, true)) return;
    log::warn("campaign", "Meta refuses to send",
              {{"campaign_id", id.to_string()},
               {"code", refused.why.code},
               {"reason", refused.why.reason}});
    if (refused.account)
      environment.store->pause_account(refused.account, refused.why, [](result<done>) {});
    tell(campaign_event::stopped_by_meta, std::move(refused));
  };
  return hooks;
}

/// `then` gets the problem if the campaign could not be read. Never overlaps with a decision, so
/// that neither undoes what the other has learnt.
void campaign_actor_state::load(std::function<void(const problem*)> then) {
  loading_ = true;
  environment.store->load(
      id, [this, then, before = counted_, run = on_actor()](result<loaded_campaign> from) {
        run([this, then, before, from = std::move(from)] {
          loading_ = false;
          if (from)
            loaded(from.value(), before);
          else
            lost(from.error());
          then(from ? nullptr : &from.error());
          next();
        });
      });
}

void campaign_actor_state::loaded(const loaded_campaign& from, std::uint64_t counted_before) {
  const auto known = std::exchange(state_, from.state);
  if (known && counted_ != counted_before) {
    // Outcomes were committed meanwhile, and which of the two is newer cannot be told: ask again.
    state_->sent = known->sent;
    state_->failed = known->failed;
    state_->uncertain = known->uncertain;
    state_->cancelled = known->cancelled;
    look_again_at_database();
  }
  tenant_id_ = from.tenant_id;
  account_ = from.account;
  sending->prepare(from, !known);
  if (state_->status == campaign_status::sending && !state_->paused && !state_->cannot_send &&
      !draining_)
    sending->supply();
  else if (known && !known->paused && state_->paused)
    sending->stop();  // a webhook paused it in the database
}

/// Could not be loaded: who waits for the first load is told. What does not exist needs no actor.
void campaign_actor_state::lost(const problem& why) {
  if (!state_ || why.status == 404) {
    for (auto& dropped : std::exchange(jobs_, {}))
      if (dropped.call) (*dropped.call->answer)(why);
  }
  if (why.status == 404) return self->quit();
  look_again_at_database();
}

/// After a failure that leaves open what the database holds.
void campaign_actor_state::look_again_at_database() {
  stale_ = true;
  look_after(environment.options.retry_store);
}

void campaign_actor_state::touch() {
  last_active_ = environment.now();
  leaving_ = false;
  look_after(environment.options.idle_passivate);
}

void campaign_actor_state::take_call(const entity_call& call) {
  touch();
  if (draining_)
    return (*call.answer)(
        problems::unavailable("shutting_down", "The server is shutting down; try again."));
  const auto* what = std::get_if<campaign_command>(call.what.get());
  if (what == nullptr) return (*call.answer)(problems::not_found("campaign"));
  static constexpr campaign_event event_of[] = {
      campaign_event::edit,           campaign_event::remove,
      campaign_event::add_recipients, campaign_event::clear_recipients,
      campaign_event::send,           campaign_event::cancel};
  jobs_.push_back({event_of[what->index()], call, std::nullopt});
  next();
}

void campaign_actor_state::changed() {
  touch();
  reload_ = true;
  next();
}

void campaign_actor_state::reload() {
  load([this](const problem* why) {
    if (why != nullptr) return;
    tell(campaign_event::surroundings_changed);
    tell(campaign_event::progressed);
    look();
  });
}

void campaign_actor_state::take_report(const outcomes& report) {
  touch();
  sending->take(report);
  end_if_drained();
}

void campaign_actor_state::timer(std::uint64_t number) {
  if (number != timer_number_) return;  // a later one was armed for an earlier time
  timer_at_.reset();
  look();
}

void campaign_actor_state::look() {
  if (leaving_) return;
  if (!state_) {
    if (!loading_)
      load([this](const problem* why) {
        if (why == nullptr) look();
      });
    return;
  }
  if (std::exchange(stale_, false)) reload_ = true;
  notice();
  sending->look();
  answer_waiters();
  end_if_drained();
  offer_to_leave();
  arm();
}

/// What is due, and what a failed commit left undone.
void campaign_actor_state::notice() {
  const bool sends = state_->status == campaign_status::sending;
  const bool all_over = state_->open() == 0 && state_->uncertain == 0;
  if (state_->status == campaign_status::scheduled && *state_->scheduled_at <= environment.now() &&
      !draining_)
    tell(campaign_event::due);
  if (sends && all_over) tell(campaign_event::progressed);
  if (sends && state_->cannot_send && !state_->paused) tell(campaign_event::surroundings_changed);
  if (sends && !all_over && sending->exhausted()) reload_ = true;
  next();
}

/// Sees to it that look() is called when the next thing is due.
void campaign_actor_state::arm() {
  const auto until = [this](timestamp at) {
    look_after(std::max(std::chrono::ceil<std::chrono::milliseconds>(at - environment.now()),
                        past_due_pause));
  };
  for (const auto& waiting : waiters_) until(waiting.until);
  if (const auto due = sending->next_due()) until(*due);
  if (state_->status == campaign_status::scheduled) until(*state_->scheduled_at);
  if (state_->status == campaign_status::sending && !state_->paused)
    look_after(environment.options.look_interval);
}

/// One timer at a time: the earliest.
void campaign_actor_state::look_after(std::chrono::milliseconds wait) {
  wait = std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds{1},
                                               std::chrono::hours{1});
  const auto at = self->clock().now() + wait;
  if (timer_at_ && *timer_at_ <= at) return;
  timer_at_ = at;
  self->delayed_send(self, wait, tick{++timer_number_});
}

bool campaign_actor_state::resting() const {
  return !loading_ && !busy_ && !reload_ && !stale_ && jobs_.empty() && waiters_.empty() &&
         state_ && !sending->busy() && sending->due_known() &&
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
      [&state](const outcomes& report) { state.count_call(), state.take_report(report); },
      [&state](const step& next) {
        (*next.run)();
        state.end_if_drained();
      },
      [&state](tick due) { state.timer(due.number); },
      [self](passivate) { self->quit(); },
      [&state](drain) { state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
