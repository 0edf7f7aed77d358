#include "actors/webhook/webhook_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "config/base/log.hpp"

namespace omnistream::actors {
namespace {

/// Secrets whose time is over here and not yet in the database are asked for no faster than this.
constexpr std::chrono::seconds secrets_pause{1};
/// Of those set aside that are held where memory is scarce.
constexpr std::size_t scarce_bytes = 16 * 1024;

problem shutting_down() {
  return problems::unavailable("shutting_down", "The server is shutting down; try again.");
}

}  // namespace

void webhook_actor_state::begin(uuid webhook, webhook_environment with) {
  id = webhook;
  environment = std::move(with);
  window_ = outbox_window(environment.options.window_events);
  last_active_ = environment.now();
  share_.emplace(environment.budget);
  go_on();
}

// -- memory --------------------------------------------------------------------------------------

bool webhook_actor_state::is_scarce() const {
  return !share_->has_room(webhook_store::outbox_bytes_max);
}

std::size_t webhook_actor_state::held_bytes() const {
  std::size_t bytes = window_.held_bytes() + unrecorded_.bytes;
  const auto add = [&bytes](const delivery& what) { bytes += what.body ? what.body->size() : 0; };
  if (recording_) bytes += recording_->bytes;
  for (const auto& each : flights_) add(each.sent.what);
  for (const auto& each : ordered_) add(each.what);
  for (const auto& each : asides_) add(each);
  // What is being read is as much as it may be.
  if (window_.reading() || loading_) bytes += reserved_;
  return bytes;
}

std::function<void(std::function<void()>)> webhook_actor_state::on_actor() {
  return [me = caf::actor_cast<entity_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

void webhook_actor_state::go_on() {
  if (leaving_ || gone_) return;
  if (fresh_ && secrets_until_ && *secrets_until_ <= environment.now()) fresh_ = false;
  if (!busy_ && !loading_) {
    judge_arrived();
    record();
    load_if_needed();
    take_calls();
  }
  if (!busy_ && !loading_ && fresh_ && !is_disabled() && !draining_ && !gone_) {
    read();
    // Callers wait until all is recorded: with ever more under way that might never be.
    if (calls_.empty()) send();
  }
  rest();
  share_->set(held_bytes());
}

// -- loading -------------------------------------------------------------------------------------

/// Never while something is unrecorded: what is loaded is what there is, but for the requests that
/// are under way.
void webhook_actor_state::load_if_needed() {
  if (fresh_ || loading_ || recording_ || !unrecorded_.empty() || away()) return;
  const bool sleeps = asleep_until_ && environment.now() < *asleep_until_ && calls_.empty();
  if (sleeps || (draining_ && flights_.empty())) return;
  loading_ = true;
  reserved_ = is_scarce() ? scarce_bytes : webhook_store::outbox_bytes_max;
  environment.store->load(id, static_cast<int>(reserved_),
                          [this, run = on_actor()](result<loaded_webhook> from) {
                            run([this, from = std::move(from)] {
                              loading_ = false;
                              if (from)
                                loaded(from.value());
                              else
                                failed(from.error());
                              go_on();
                            });
                          });
}

void webhook_actor_state::loaded(loaded_webhook from) {
  fresh_ = true;
  asleep_until_.reset();
  // What waits for its turn would leave as it was asked for.
  const bool is_stale =
      from.url != url_ || from.secrets != secrets_ || from.state.status == webhook_status::disabled;
  if (is_stale) recall();
  if (testing_ && is_stale) environment.sender->recall(testing_->what.id);
  // What is still under way says nothing of another endpoint.
  if (!url_.empty() && from.url != url_) pace_ = {.slowed_at = environment.now()};
  tenant_id_ = from.tenant_id;
  url_ = std::move(from.url);
  secrets_ = std::move(from.secrets);
  secrets_until_ = from.secrets_until;
  if (secrets_until_) secrets_until_ = std::max(*secrets_until_, environment.now() + secrets_pause);
  batch_max_ = from.batch_max;
  batch_wait_ = from.batch_wait;
  state_ = std::move(from.state);
  probing_ = probing_ && is_head_refused();
  window_.set_batch_max(batch_max_);
  window_.drop();
  more_aside_ = from.more_aside;
  ordered_.clear();
  asides_.clear();
  for (auto& each : from.pending) {
    if (is_under_way(each.id)) continue;
    if (each.aside)
      asides_.push_back(std::move(each));
    else
      ordered_.push_back({std::move(each), {}, {}});
  }
  if (ordered_.empty()) return;
  const auto& head = ordered_.front().what;
  pace_.gap = std::max(pace_.gap, gap_as_left(head.response_code, head.attempts));
}

/// The database did not do what was asked: everything else waits, callers do not.
void webhook_actor_state::failed(const problem& why) {
  if (why.status == 404) return gone();
  if (why.status != 503)
    log::error("webhook", "the database refuses; trying again",
               {{"webhook_id", id.to_string()}, {"reason", why.detail}});
  away_until_ = environment.now() + environment.options.retry_store;
  for (auto& dropped : std::exchange(calls_, {})) (*dropped.answer)(why);
}

/// The subscription does not exist, or not any more.
void webhook_actor_state::gone() {
  gone_ = true;
  const auto why = problems::not_found("webhook");
  for (auto& dropped : std::exchange(calls_, {})) (*dropped.answer)(why);
  recall();
  if (testing_) {
    environment.sender->recall(testing_->what.id);
    (*testing_->answer)(why);
  }
  self->quit();
}

/// Whether the database is left alone for a moment.
bool webhook_actor_state::away() {
  if (away_until_ && *away_until_ <= environment.now()) away_until_.reset();
  if (away_until_) look_at(*away_until_);
  return away_until_.has_value();
}

// -- messages and time ---------------------------------------------------------------------------

void webhook_actor_state::touch() {
  last_active_ = environment.now();
  leaving_ = false;
}

void webhook_actor_state::take_call(const entity_call& call) {
  touch();
  if (draining_) return (*call.answer)(shutting_down());
  calls_.push_back(call);
  go_on();
}

void webhook_actor_state::look_again() {
  touch();
  window_.look();
  go_on();
}

void webhook_actor_state::timer(std::uint64_t number) {
  if (number != timer_number_) return;  // a later one was armed for an earlier time
  timer_at_.reset();
  go_on();
}

void webhook_actor_state::look_at(timestamp when) {
  look_after(std::chrono::ceil<std::chrono::milliseconds>(when - environment.now()));
}

/// One timer at a time: the earliest. It keeps the actor's memory until it rings, so it is short.
void webhook_actor_state::look_after(std::chrono::milliseconds wait) {
  wait = std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds{1},
                                               environment.options.idle_passivate);
  const auto at = self->clock().now() + wait;
  if (timer_at_ && *timer_at_ <= at) return;
  timer_at_ = at;
  self->delayed_send(self, wait, tick{++timer_number_});
}

// -- resting and leaving -------------------------------------------------------------------------

bool webhook_actor_state::has_patience() const {
  return !draining_ || environment.now() < drain_until_;
}

bool webhook_actor_state::at_rest() const {
  const bool awaits_answer = (!flights_.empty() || testing_) && has_patience();
  return !awaits_answer && !recording_ && unrecorded_.empty() && !loading_ && !busy_ &&
         calls_.empty() && !window_.reading();
}

std::optional<timestamp> webhook_actor_state::first_aside() const {
  std::optional<timestamp> first;
  for (const auto& each : asides_)
    first = std::min(first.value_or(*each.next_attempt_at), *each.next_attempt_at);
  return first;
}

void webhook_actor_state::rest() {
  if (gone_) return;
  if (draining_ && (!flights_.empty() || testing_) && has_patience()) look_at(drain_until_);
  if (!at_rest()) return;
  if (draining_) {
    gone_ = true;
    if (testing_) (*testing_->answer)(shutting_down());
    return self->quit();
  }
  const bool waits = state_.status == webhook_status::retrying && !ordered_.empty() && !probing_;
  if (fresh_ && (is_disabled() || waits)) sleep();
  if (asleep_until_ && is_disabled())
    leave_after(std::chrono::milliseconds{0}, std::nullopt);
  else if (asleep_until_ && *asleep_until_ > environment.now())
    leave_after(environment.options.asleep_passivate, asleep_until_);
  else if (fresh_ && ordered_.empty() && window_.exhausted() && !more_aside_)
    leave_after(environment.options.idle_passivate, first_aside());
}

/// Nothing is to be done for a while: forgets what the database knows as well.
void webhook_actor_state::sleep() {
  auto until = timestamp::max();
  if (!is_disabled()) {
    until = *ordered_.front().what.next_attempt_at;
    if (const auto aside = first_aside()) until = std::min(until, *aside);
    until = std::max(until, pace_.not_before);
  }
  asleep_until_ = until;
  fresh_ = false;
  window_.drop();
  ordered_ = {};
  asides_ = {};
}

/// Offers to leave when nothing has come for so long; `due`: when something is to be done again.
void webhook_actor_state::leave_after(std::chrono::milliseconds quiet,
                                      std::optional<timestamp> due) {
  const auto idle_for = environment.now() - last_active_;
  if (idle_for < quiet) {
    if (due) look_at(*due);
    return look_after(std::chrono::ceil<std::chrono::milliseconds>(quiet - idle_for));
  }
  leaving_ = true;
  const entity_address me{entity_kind::webhook, id};
  if (due) caf::anon_send(environment.registry, alarm{me, *due});
  caf::anon_send(environment.registry, idle{me, calls_seen_});
}

void webhook_actor_state::begin_drain() {
  draining_ = true;
  drain_until_ = environment.now() + environment.options.drain_patience;
  leaving_ = false;
  // What has not left need not be waited for.
  recall();
  if (testing_) environment.sender->recall(testing_->what.id);
  for (auto& dropped : std::exchange(calls_, {})) (*dropped.answer)(shutting_down());
  go_on();
}

entity_actor::behavior_type webhook_actor(webhook_actor_state::pointer self, uuid webhook,
                                          webhook_environment environment) {
  auto& state = self->state;
  state.begin(webhook, std::move(environment));
  return {
      [&state](const entity_call& call) { state.count_call(), state.take_call(call); },
      [&state](const wake&) { state.count_call(), state.look_again(); },
      [](const outcomes&) {},  // of campaigns
      [](const step& next) { (*next.run)(); },
      [&state](tick due) { state.timer(due.number); },
      [self](passivate) { self->quit(); },
      [&state](drain) { state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
