#include <algorithm>
#include <iterator>
#include <utility>

#include <caf/send.hpp>

#include "actors/webhook/event_body.hpp"
#include "actors/webhook/webhook_actor.hpp"
#include "config/base/log.hpp"
#include "config/base/metrics.hpp"

namespace omnistream::actors {
namespace {

void count(const delivery_result& result) {
  static auto& delivered = metrics::counter_of("omnistream_deliveries_total",
                                               "Requests to subscribers of outgoing webhooks.",
                                               {{"outcome", "delivered"}});
  static auto& failed =
      metrics::counter_of("omnistream_deliveries_total",
                          "Requests to subscribers of outgoing webhooks.", {{"outcome", "failed"}});
  (result.delivered() ? delivered : failed).add();
}

}  // namespace

// -- reading -------------------------------------------------------------------------------------

void webhook_actor_state::read() {
  // What was tried in vain goes first; for a probe one event is needed.
  const bool needed = ordered_.empty() || (probing_ && ordered_.size() == 1 && window_.empty());
  const auto now = environment.now();
  const bool eager = now >= read_last_ + environment.options.read_pause;
  window_.set_tight(is_scarce());
  if (!needed || !window_.wants_read(eager) || away()) return;
  read_last_ = now;
  reserved_ = is_scarce() ? 0 : webhook_store::outbox_bytes_max;
  environment.store->read(id, window_.begin_read(), [this, run = on_actor()](auto page) {
    run([this, page = std::move(page)] {
      if (page)
        window_.end_read(page.value(), environment.now());
      else
        window_.read_failed();
      if (!page) failed(page.error());
      go_on();
    });
  });
}

// -- sending -------------------------------------------------------------------------------------

/// A failure or another status must be known before anything else happens; successes may be ahead
/// of their record, as far as memory is bounded.
bool webhook_actor_state::must_wait_for_record() const {
  auto deliveries = flights_.size() + unrecorded_.what.deliveries.size();
  auto bytes = unrecorded_.bytes;
  bool urgent = unrecorded_.urgent;
  if (recording_) {
    deliveries += recording_->what.deliveries.size();
    bytes += recording_->bytes;
    urgent = urgent || recording_->urgent;
  }
  return urgent || deliveries >= environment.options.unrecorded_max ||
         bytes >= unrecorded_bytes_max;
}

void webhook_actor_state::send() {
  while (!must_wait_for_record()) {
    if (environment.now() < pace_.not_before) return look_at(pace_.not_before);
    if (flights_.empty() ? !send_alone() : !send_beside()) return;
  }
}

/// Nothing is under way. True if something is now.
bool webhook_actor_state::send_alone() {
  if (probing_) {
    if (send_probe()) return true;
    if (probing_) return false;  // when it is read
  }
  return aside_last_ ? send_in_order() || send_aside() : send_aside() || send_in_order();
}

/// Something is under way: the next in order leaves beside it if it may.
bool webhook_actor_state::send_beside() {
  if (window_.empty() || !may_leave_beside(window_.first())) return false;
  fly(make_next(), attempt_kind::head);
  return true;
}

/// Whoever is about the same contact, or about nobody, waits, and so does all behind it.
bool webhook_actor_state::may_leave_beside(const outbox_event& next) const {
  const bool all_is_well = state_.status == webhook_status::active && ordered_.empty();
  const auto aside = first_aside();
  const bool has_room = static_cast<int>(flights_.size()) < pace_.together && !is_scarce();
  if (!all_is_well || !has_room || batch_max_ > 1 || !next.contact_id) return false;
  if (aside && *aside <= environment.now()) return false;  // it goes when all are back
  return std::none_of(flights_.begin(), flights_.end(), [&next](const flight& each) {
    return !each.sent.contact_id || each.sent.contact_id == next.contact_id;
  });
}

/// Tries the one behind the head, if it has been read.
bool webhook_actor_state::send_probe() {
  if (ordered_.size() > 1) {
    auto next = std::move(ordered_[1]);
    ordered_.erase(std::next(ordered_.begin()));
    fly(std::move(next), attempt_kind::probe);
    return true;
  }
  if (!window_.empty()) {
    fly(make_next(), attempt_kind::probe);
    return true;
  }
  probing_ = !window_.exhausted();
  return false;
}

bool webhook_actor_state::send_in_order() {
  const auto now = environment.now();
  if (!ordered_.empty()) {
    const auto due = ordered_.front().what.next_attempt_at;
    if (state_.status == webhook_status::retrying && due && now < *due) {
      look_at(*due);
      return false;
    }
    auto head = std::move(ordered_.front());
    ordered_.pop_front();
    fly(std::move(head), attempt_kind::head);
    return true;
  }
  if (window_.ready(now, batch_wait_)) {
    fly(make_next(), attempt_kind::head);
    return true;
  }
  if (!window_.empty()) {
    look_at(window_.ready_at(batch_wait_));
    if (!window_.exhausted()) look_after(environment.options.read_pause);
  }
  return false;
}

bool webhook_actor_state::send_aside() {
  const auto first = first_aside();
  if (!first) return false;
  if (environment.now() < *first) {
    look_at(*first);
    return false;
  }
  const auto found = std::find_if(asides_.begin(), asides_.end(), [&first](const auto& each) {
    return each.next_attempt_at == first;
  });
  outgoing next{std::move(*found), {}, {}};
  asides_.erase(found);
  fly(std::move(next), attempt_kind::aside);
  return true;
}

webhook_actor_state::outgoing webhook_actor_state::make_next() {
  const auto events = window_.take_next();
  outgoing next{make_delivery(id, events, batch_max_ > 1), {}, {}};
  if (batch_max_ == 1) next.contact_id = events.front().contact_id;
  for (const auto& event : events) next.events.push_back(event.id);
  return next;
}

void webhook_actor_state::fly(outgoing what, attempt_kind kind) {
  if (kind == attempt_kind::probe) probing_ = false;
  if (kind == attempt_kind::head) head_went_to_ = url_;
  aside_last_ = kind == attempt_kind::aside;
  // By itself, whatever leaves beside it.
  if (kind != attempt_kind::head) what.contact_id.reset();
  const auto& sent = flights_.emplace_back(flight{std::move(what), kind, {}}).sent.what;
  const auto arrive = [this, delivery = sent.id, run = on_actor()](delivery_result result) {
    run([this, delivery, result = std::move(result)] { landed(delivery, result); });
  };
  if (secrets_.empty()) {
    delivery_result result;
    result.error = "The signing secret cannot be read; rotate it.";
    return arrive(std::move(result));
  }
  environment.sender->send({tenant_id_, url_, sent.id, environment.now(), sent.body, secrets_},
                           arrive);
}

void webhook_actor_state::landed(const uuid& delivery, const delivery_result& with) {
  for (auto& each : flights_) {
    if (each.sent.what.id != delivery) continue;
    each.arrived = with;
    each.ended_at = environment.now();
  }
  touch();
  go_on();
}

bool webhook_actor_state::is_under_way(const uuid& delivery) const {
  return std::any_of(flights_.begin(), flights_.end(),
                     [&delivery](const flight& each) { return each.sent.what.id == delivery; });
}

// -- judging -------------------------------------------------------------------------------------

/// Those that have not left are answered as recalled.
void webhook_actor_state::recall() {
  for (const auto& each : flights_) environment.sender->recall(each.sent.what.id);
}

/// It was not sent: everything is as before it was begun, as the database has it.
void webhook_actor_state::take_back(const flight& recalled) {
  window_.put_back(recalled.sent.events);
  if (recalled.kind == attempt_kind::probe) probing_ = is_head_refused();
  fresh_ = false;
}

/// Only by what the database says: a person may have disabled it meanwhile.
void webhook_actor_state::judge_arrived() {
  for (auto each = flights_.begin(); each != flights_.end();) {
    if (!each->arrived || (!fresh_ && !each->arrived->recalled)) {
      ++each;
      continue;
    }
    auto ended = std::move(*each);
    each = flights_.erase(each);
    if (ended.arrived->recalled)
      take_back(ended);
    else
      judge_one(std::move(ended));
  }
}

void webhook_actor_state::judge_one(flight ended) {
  const auto result = *std::move(ended.arrived);
  auto sent = std::move(ended.sent);
  // It left while nothing had failed.
  const bool another_failed = sent.contact_id && !ordered_.empty();
  const auto kind = another_failed ? attempt_kind::beside : ended.kind;
  count(result);
  const auto at = ended.ended_at;
  ++sent.what.attempts;
  const auto verdict = judge(state_, kind, sent.what.attempts, result, at, environment.jitter());
  note_attempt(sent.what, result, verdict, at);
  // One that is sent out of order waits for itself.
  if (kind != attempt_kind::aside) pace_ = pace_after(pace_, result, at);
  // More may be under way than are right now: what has not left need not.
  if (!verdict.delivered || static_cast<int>(flights_.size()) > pace_.together) recall();
  if (kind == attempt_kind::head) probing_ = verdict.probe && head_went_to_ == url_;
  if (verdict.head_aside) set_head_aside();
  note(sent.what, sent.events);
  change_state(verdict.state);
  if (verdict.delivered) return;
  unrecorded_.urgent = true;
  if (!verdict.given_up) keep({std::move(sent.what), {}, {}}, kind);
}

/// To be tried again.
void webhook_actor_state::keep(outgoing what, attempt_kind kind) {
  if (kind == attempt_kind::aside) return keep_aside(std::move(what.what));
  if (kind == attempt_kind::beside) return ordered_.push_back(std::move(what));
  const bool behind_head = kind == attempt_kind::probe && !ordered_.empty();
  ordered_.insert(ordered_.begin() + (behind_head ? 1 : 0), std::move(what));
}

/// What is in memory is always due before what only the database has.
void webhook_actor_state::keep_aside(delivery what) {
  const auto later = [](const delivery& a, const delivery& b) {
    return a.next_attempt_at < b.next_attempt_at;
  };
  auto last = std::max_element(asides_.begin(), asides_.end(), later);
  if (more_aside_ && (last == asides_.end() || !later(what, *last))) return;
  asides_.push_back(std::move(what));
  if (asides_.size() <= webhook_store::pending_max) return;
  more_aside_ = true;
  asides_.erase(std::max_element(asides_.begin(), asides_.end(), later));
}

/// The subscriber took the one behind the head: the head is refused for what it is.
void webhook_actor_state::set_head_aside() {
  if (ordered_.empty()) return;
  auto head = std::move(ordered_.front());
  ordered_.pop_front();
  head.what.aside = true;
  note(head.what, head.events);
  keep_aside(std::move(head.what));
}

void webhook_actor_state::change_state(webhook_state next) {
  if (next == state_) return;
  if (next.status == webhook_status::disabled && !is_disabled())
    log::warn("webhook",
              "a subscription was disabled; put its endpoint right, then enable it again",
              {{"webhook_id", id.to_string()},
               {"tenant_id", tenant_id_.to_string()},
               {"reason", next.disabled_reason}});
  unrecorded_.what.state = next;
  unrecorded_.urgent = true;
  state_ = std::move(next);
}

// -- recording -----------------------------------------------------------------------------------

void webhook_actor_state::note(const delivery& what, const std::vector<std::int64_t>& events) {
  if (unrecorded_.empty()) unrecorded_since_ = environment.now();
  auto& record = unrecorded_.what;
  record.deliveries.push_back(what);
  record.taken.insert(record.taken.end(), events.begin(), events.end());
  unrecorded_.bytes += what.body ? what.body->size() : 0;
}

/// One at a time; what ends meanwhile is recorded together.
void webhook_actor_state::record() {
  if (recording_ || unrecorded_.empty() || away()) return;
  // The next ones come meanwhile.
  const bool enough = unrecorded_.what.deliveries.size() >= environment.options.unrecorded_max / 2;
  const bool now = enough || unrecorded_.urgent || must_wait_for_record() || draining_ || !fresh_ ||
                   !calls_.empty();
  const auto due = unrecorded_since_ + environment.options.record_linger;
  if (!now && environment.now() < due) return look_at(due);
  recording_ = std::exchange(unrecorded_, {});
  auto what = recording_->what;
  what.webhook_id = id;
  what.tenant_id = tenant_id_;
  environment.store->record(std::move(what), [this, run = on_actor()](result<done> committed) {
    run([this, committed] {
      recorded(committed);
      go_on();
    });
  });
}

void webhook_actor_state::recorded(const result<done>& committed) {
  auto those = *std::exchange(recording_, std::nullopt);
  if (committed) {
    window_.recorded(those.what.taken);
    // Those that had no room in memory have their turn.
    if (more_aside_ && asides_.empty()) fresh_ = false;
    return;
  }
  // Again, together with what has ended since.
  auto& later = unrecorded_.what;
  auto& all = those.what;
  std::move(later.deliveries.begin(), later.deliveries.end(), std::back_inserter(all.deliveries));
  all.taken.insert(all.taken.end(), later.taken.begin(), later.taken.end());
  if (later.state) all.state = later.state;
  those.bytes += unrecorded_.bytes;
  those.urgent = those.urgent || unrecorded_.urgent;
  unrecorded_ = std::move(those);
  failed(committed.error());
}

}  // namespace omnistream::actors
