#include "actors/conversation/conversation_sending.hpp"

#include <utility>

#include "config/base/log.hpp"
#include "config/base/metrics.hpp"

namespace omnistream::actors {
namespace {

/// Over all conversations: a series for each would grow without bound.
void note_outcome(const recorded_message& what) {
  using kind = recorded_message::kind;
  const auto series = [](const char* outcome) -> metrics::counter& {
    return metrics::counter_of("omnistream_conversation_outcomes_total",
                               "Messages of conversations by what became of handing them over.",
                               {{"outcome", outcome}});
  };
  static auto& sent = series("sent");
  static auto& failed = series("failed");
  static auto& uncertain = series("uncertain");
  static auto& retry = series("retry");
  switch (what.what) {
    case kind::sent:
      return sent.add();
    case kind::failed:
      return failed.add();
    case kind::uncertain:
      return uncertain.add();
    case kind::retry:
      return retry.add();
  }
}

send_outcome untried(const claimed_message& message, timestamp now) {
  send_outcome outcome;
  outcome.seq = message.number;
  outcome.attempt = message.attempt;
  outcome.returned = true;
  outcome.at = now;
  return outcome;
}

}  // namespace

conversation_sending::conversation_sending(uuid conversation, conversation_store& store,
                                           conversation_options options, wall_clock now, hooks with)
    : conversation_(conversation),
      store_(store),
      options_(options),
      now_(std::move(now)),
      with_(std::move(with)) {}

void conversation_sending::supply() {
  wanted_ = true;
  ask();
}

void conversation_sending::reconsider() {
  if (with_dispatcher_) with_.take_back(offered_to_);
  supply();
}

/// Only when nothing is under way: the next message goes after the last one was answered.
void conversation_sending::ask() {
  if (asking_ || with_dispatcher_ || !unrecorded_.empty()) return;
  if (!in_doubt_ && (!wanted_ || stopped_)) return;
  if (const auto wait = in_doubt_ ? std::nullopt : options_.hold.left(now_())) return hold(*wait);
  wanted_ = false;
  asking_ = true;
  if (!in_doubt_) token_ = uuid::v7(now_());
  store_.next(conversation_, token_, fresh_, now_(),
              [this, run = with_.on_actor](result<outgoing_work> work) {
                run([this, work = std::move(work)] { found(work); });
              });
}

void conversation_sending::hold(std::chrono::milliseconds wait) {
  if (!std::exchange(held_, true)) with_.look_again(wait);
}

void conversation_sending::found(const result<outgoing_work>& work) {
  asking_ = false;
  if (!work) {
    if (work.error().code == not_ours) {
      in_doubt_ = false;
      return;
    }
    log::warn("conversation", "could not look for messages to send; trying again",
              {{"conversation_id", conversation_.to_string()}, {"reason", work.error().detail}});
    // Whatever of it is not known: asked again with the same token it gives the same answer.
    in_doubt_ = true;
    return with_.look_again(options_.retry_store);
  }
  in_doubt_ = fresh_ = false;
  if (const auto& message = work->claimed) {
    if (stopped_)
      give_back(*message);
    else
      hand_over(*message);
    return;
  }
  if (work->due) with_.wake_at(*work->due);
  ask();
}

void conversation_sending::hand_over(const claimed_message& message) {
  with_dispatcher_ = message.number;
  offered_attempt_ = message.attempt;
  offered_repeatable_ = message.repeatable;
  offered_to_ = message.account->sender_id;
  auto items = std::make_shared<std::vector<send_item>>();
  items->push_back({message.number, message.attempt, false, {}, message.body});
  with_.offer_items({{entity_kind::conversation, conversation_}, message.account, items, 0});
}

void conversation_sending::give_back(const claimed_message& message) {
  unrecorded_.push_back({to_record(untried(message, now_()), now_(), 0), nullptr, std::nullopt});
  flush();
}

/// Also reports on what a predecessor offered, who broke down: they say nothing of what this one
/// offered, not even of the same mail, which it offers again if nobody had begun to write it.
void conversation_sending::take(const outcomes& report) {
  for (const auto& outcome : *report.list) {
    const bool is_offered = with_dispatcher_ == outcome.seq;
    const bool is_unsent =
        outcome.returned || outcome.result.what == send_result::certainty::not_sent;
    if (is_offered && is_unsent && outcome.attempt != offered_attempt_) continue;
    if (is_offered) with_dispatcher_.reset();
    auto refused = account_pause_of(outcome);
    if (refused)
      log::warn("conversation", "sending is refused",
                {{"conversation_id", conversation_.to_string()},
                 {"code", refused->code},
                 {"reason", refused->reason}});
    const bool is_repeatable = is_offered && offered_repeatable_;
    unrecorded_.push_back({to_record(is_repeatable ? unless_uncertain(outcome) : outcome,
                                     now_() + options_.uncertain_timeout, with_.jitter()),
                           outcome.account, std::move(refused)});
  }
  flush();
}

void conversation_sending::flush() {
  if (recording_ || unrecorded_.empty()) return;
  recording_ = true;
  const auto& first = unrecorded_.front();
  store_.record(conversation_, first.what, first.account, first.refused,
                [this, run = with_.on_actor](result<done> outcome) {
                  run([this, outcome = std::move(outcome)] { recorded(outcome); });
                });
}

void conversation_sending::recorded(const result<done>& outcome) {
  recording_ = false;
  if (!outcome) {
    // Nothing is forgotten: it goes first when the database is back. Recording is idempotent.
    log::warn("conversation", "could not record what became of a message; trying again",
              {{"conversation_id", conversation_.to_string()}, {"reason", outcome.error().detail}});
    return with_.look_again(options_.retry_store);
  }
  note_outcome(unrecorded_.front().what);
  unrecorded_.pop_front();
  wanted_ = true;
  flush();
  ask();
}

void conversation_sending::look() {
  held_ = false;
  flush();
  ask();
}

void conversation_sending::stop() {
  stopped_ = true;
}

bool conversation_sending::busy() const {
  return asking_ || in_doubt_ || recording_ || (held_ && !stopped_) || with_dispatcher_ ||
         !unrecorded_.empty();
}

}  // namespace omnistream::actors
