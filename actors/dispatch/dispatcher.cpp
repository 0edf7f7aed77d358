#include "actors/dispatch/dispatcher.hpp"

#include <algorithm>
#include <chrono>

#include <caf/send.hpp>

#include "actors/dispatch/meta_errors.hpp"

namespace omnistream::actors {
namespace {

/// The timer need not be finer: the limiter catches up on what a late tick missed.
constexpr std::chrono::milliseconds tick_min{2};
/// Results wait for a tick that comes within this time: of a limited number they free nothing.
constexpr std::chrono::milliseconds results_wait_max{5};
/// How soon a number looks again that found all room taken by others.
constexpr std::chrono::milliseconds no_room_pause{5};
/// What an unlimited number may have on the way at least, and the speed that decides how much more
/// a slow way needs.
constexpr std::size_t unlimited_in_flight_min = 128;
constexpr double unlimited_mps_expected = 5'000;
/// Of one address: mail servers are slow, and more than that would only wait for them.
constexpr std::size_t mails_in_flight_max = 16;
/// So many messages with a fault of Meta's or no answer, and none accepted between them, mean that
/// Meta is ill.
constexpr int troubles_in_a_row_max = 10;

send_outcome outcome_of(const send_item& item) {
  send_outcome outcome;
  outcome.seq = item.seq;
  outcome.attempt = item.attempt;
  outcome.retry = item.retry;
  outcome.phone_number = item.phone_number;
  return outcome;
}

}  // namespace

void dispatcher_state::take_offer(const offer& from) {
  if (account == nullptr || account->messages_per_second != from.account->messages_per_second)
    limiter.set_rate(from.account->messages_per_second);
  account = from.account;
  if (!figures_) figures_.emplace(account->sender_id);
  if (from.from.kind == entity_kind::campaign) {
    auto& supplied = supplies_[from.from];
    supplied.low_water = from.low_water;
    supplied.told_low = false;
  }
  for (auto& item : *from.items) queue.push(from.from, std::move(item));
  if (draining)
    give_back(from.from, false);
  else
    pump();
}

void dispatcher_state::give_back(const entity_address& entity, bool asked) {
  std::vector<send_outcome> returned;
  for (const auto& item : queue.remove(entity)) {
    returned.push_back(outcome_of(item));
    returned.back().returned = true;
    returned.back().at = environment.now();
  }
  if (!asked && returned.empty()) return;
  if (!returned.empty() && entity.kind == entity_kind::campaign)
    supplies_[entity].left_queue += static_cast<int>(returned.size());
  report(entity, std::move(returned), asked);
}

void dispatcher_state::begin_drain() {
  draining = true;
  for (const auto& entity : queue.entities()) give_back(entity, false);
}

/// An unlimited number needs no more on the way than keeps Meta busy while an answer travels; more
/// would only wait at the far end.
std::size_t dispatcher_state::room() const {
  if (is_mail())
    return std::min(queue.size(), mails_in_flight_max - std::min(in_flight, mails_in_flight_max));
  if (limiter.rate() != 0) return queue.size();
  const auto busy = static_cast<std::size_t>(
      std::chrono::duration<double>(latency.value()).count() * unlimited_mps_expected);
  const auto most = std::max(unlimited_in_flight_min, busy);
  return std::min(queue.size(), most - std::min(in_flight, most));
}

/// Results first: the limiter must know what arrived late before it grants more.
void dispatcher_state::pump() {
  take_results();
  send_allowed();
  figures_->now(queue.size(), in_flight, limiter.current_rate());
}

void dispatcher_state::send_allowed() {
  const auto now = self->clock().now();
  const auto wanted = room();
  const auto allowed = is_mail() ? wanted : environment.budget->take(wanted, in_flight);
  const auto granted = static_cast<std::size_t>(limiter.take(now, static_cast<int>(allowed)));
  if (!is_mail()) environment.budget->give_back(allowed - granted);
  for (std::size_t i = 0; i < granted; ++i) {
    auto [from, item] = queue.pop();
    if (from.kind == entity_kind::campaign) ++supplies_[from].left_queue;
    hand_to_sender(from, std::move(item), now);
  }
  if (granted > 0) tell_who_runs_low();
  // With nothing waiting the next offer pumps. Without room the next result does, or, if all room
  // is another number's, the timer.
  if (queue.empty() || tick_armed || (is_mail() && wanted == 0)) return;
  tick_armed = true;
  const auto pause = std::max<std::chrono::nanoseconds>(limiter.next(now) - now,
                                                        allowed == 0 ? no_room_pause : tick_min);
  if (limiter.rate() != 0 && pause <= results_wait_max) {
    const std::lock_guard lock(results_->guard);
    results_->tick_comes = true;
  }
  self->delayed_send(self, std::min<std::chrono::nanoseconds>(pause, std::chrono::seconds{1}),
                     tick{});
}

/// So that claims come while the last of what was claimed is still waiting.
void dispatcher_state::tell_who_runs_low() {
  for (auto entry = supplies_.begin(); entry != supplies_.end();) {
    const auto& campaign = entry->first;
    auto& supplied = entry->second;
    const auto waiting = queue.size_of(campaign);
    if (!supplied.told_low && waiting <= static_cast<std::size_t>(supplied.low_water)) {
      supplied.told_low = true;
      report(campaign, {}, false);
    }
    entry = waiting == 0 && supplied.left_queue == 0 ? supplies_.erase(entry) : std::next(entry);
  }
}

void dispatcher_state::hand_to_sender(const entity_address& from, send_item item,
                                      rate_limiter::time_point granted) {
  ++in_flight;
  sending begun{from, outcome_of(item), granted, environment.now()};
  // The account may get a new token before the answer comes.
  begun.outcome.account = account;
  environment.sender->send(
      {account, std::move(item.body)},
      [box = results_, me = caf::actor_cast<dispatcher_actor>(self), begun = std::move(begun),
       now = environment.now, state = this](send_result result) mutable {
        begun.outcome.result = std::move(result);
        begun.outcome.at = now();
        bool first;
        {
          std::lock_guard lock(box->guard);
          first = box->waiting.empty() && !box->tick_comes;
          box->waiting.push_back(std::move(begun));
        }
        if (first)
          caf::anon_send(
              me, step{std::make_shared<const std::function<void()>>([state] { state->pump(); })});
      });
}

void dispatcher_state::take_results() {
  std::vector<sending> list;
  {
    std::lock_guard lock(results_->guard);
    list.swap(results_->waiting);
    results_->tick_comes = false;
  }
  note_latencies(list);
  if (list.empty()) return;
  std::map<entity_address, std::vector<send_outcome>> by_entity;
  for (auto& one : list) {
    figures_->ended(one.outcome.result.what);
    judge(one.outcome.result);
    by_entity[one.from].push_back(std::move(one.outcome));
  }
  in_flight -= list.size();
  if (!is_mail()) environment.budget->give_back(list.size());
  for (auto& [entity, outcomes] : by_entity) report(entity, std::move(outcomes), false);
}

/// What came late to us probably came late to Meta, and counts there when it came.
void dispatcher_state::note_latencies(const std::vector<sending>& ended) {
  using certainty = send_result::certainty;
  for (const auto& one : ended) {
    const auto what = one.outcome.result.what;
    if (what == certainty::not_sent || what == certainty::uncertain) continue;
    latency.note(one.granted, std::max(one.outcome.at - one.began, timestamp::duration{0}));
  }
  const auto now = self->clock().now();
  for (const auto& late : latency.take_late(now)) limiter.arrived_late(now, late.sent, late.by);
}

/// What a result means for the number as a whole; what it means for the recipient is the business
/// of who offered it.
void dispatcher_state::judge(const send_result& result) {
  using certainty = send_result::certainty;
  if (result.what == certainty::accepted) {
    refusals_in_a_row = 0;
    troubles_in_a_row = 0;
    return;
  }
  // One fault is that message's. Fault after fault means that Meta is ill: going on at full speed
  // would only use up everybody's tries, or make everybody uncertain.
  const bool faulty =
      result.what == certainty::uncertain ||
      (result.what == certainty::rejected && classify(result) == send_action::retry_recipient);
  if (faulty) ++troubles_in_a_row;
  const bool unreachable =
      result.what == certainty::not_sent || (faulty && troubles_in_a_row >= troubles_in_a_row_max);
  const bool too_fast =
      result.what == certainty::rejected && classify(result) == send_action::slow_number;
  if (!unreachable && !too_fast) return;
  const auto now = self->clock().now();
  if (too_fast) limiter.slow_down(now);
  // All that were in flight together are refused together: that is one refusal, not many in a row.
  if (now < resting_until) return;
  ++refusals_in_a_row;
  resting_until =
      now + number_delay(refusals_in_a_row, result.retry_after_ms, environment.jitter());
  limiter.pause_until(resting_until);
}

void dispatcher_state::report(const entity_address& to, std::vector<send_outcome> list,
                              bool withdrawal) {
  const auto supplied = supplies_.find(to);
  const int left = supplied == supplies_.end() ? 0 : std::exchange(supplied->second.left_queue, 0);
  caf::anon_send(
      environment.registry,
      outcomes{to, std::make_shared<std::vector<send_outcome>>(std::move(list)), withdrawal, left});
}

dispatcher_actor::behavior_type dispatcher(dispatcher_state::pointer self,
                                           dispatcher_environment environment) {
  self->state.environment = std::move(environment);
  self->state.limiter.pause_until(self->state.environment.first_send);
  return {
      [self](const offer& from) { self->state.take_offer(from); },
      [self](const withdraw& from) { self->state.give_back(from.from, true); },
      [](const step& next) { (*next.run)(); },
      [self](tick) {
        self->state.tick_armed = false;
        self->state.pump();
      },
      [self](drain) { self->state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
