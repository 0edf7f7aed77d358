#include "actors/campaign/campaign_sending.hpp"

#include <algorithm>

#include "actors/dispatch/meta_errors.hpp"
#include "config/base/log.hpp"

namespace omnistream::actors {

int claim_window(int messages_per_second, int claim_batch_max) {
  if (messages_per_second == 0) return 2 * claim_batch_max;
  return std::clamp(messages_per_second / 2, 20, 2 * claim_batch_max);
}

namespace {

constexpr std::chrono::seconds pause_after_refusal{1};

std::string uncertain_text(const send_result& result) {
  return "Uncertain: the message was handed to Meta but no answer came (" + result.error.message +
         "). It is not sent again; Meta's status will tell.";
}

/// A parameter mismatch is the template's fault when nobody could be sent to yet, else this
/// recipient's.
bool only_this_recipient(int code, bool others_were_sent) {
  return others_were_sent && (code == 132000 || code == 132012);
}

send_outcome untried(const claimed_recipient& claimed, timestamp now) {
  send_outcome outcome;
  outcome.seq = claimed.seq;
  outcome.attempt = claimed.attempt;
  outcome.retry = claimed.retry;
  outcome.returned = true;
  outcome.at = now;
  return outcome;
}

recorded_outcome unsendable(const claimed_recipient& claimed, std::string why, timestamp now) {
  recorded_outcome refused;
  refused.what = recorded_outcome::kind::failed;
  refused.seq = claimed.seq;
  refused.was_retry = claimed.retry;
  refused.error_message = std::move(why);
  refused.at = now;
  return refused;
}

/// A refusal, by what the table says of its code.
void judge_refusal(const send_outcome& outcome, bool others_were_sent, double jitter,
                   recorded_outcome& record) {
  const auto& result = outcome.result;
  std::optional<std::chrono::milliseconds> wait;
  auto action = classify(result);
  if (action == send_action::pause_campaign &&
      only_this_recipient(result.error.code, others_were_sent))
    action = send_action::fail_recipient;
  switch (action) {
    case send_action::slow_number:
      // Not this recipient's fault: it is tried for as long as it takes.
      record.attempt = outcome.attempt;
      wait = result.retry_after_ms ? std::chrono::milliseconds(*result.retry_after_ms)
                                   : pause_after_refusal;
      break;
    case send_action::slow_pair:
      wait = pair_delay(record.attempt, jitter);
      break;
    case send_action::retry_recipient:
      wait = recipient_delay(record.attempt, jitter);
      break;
    case send_action::retry_tomorrow:
      if (record.attempt == 1) wait = retry_tomorrow_delay;
      break;
    case send_action::pause_account:
    case send_action::pause_campaign:
      record.attempt = outcome.attempt;
      wait = std::chrono::milliseconds{0};
      break;
    case send_action::opt_out:
      record.opt_out = true;
      break;
    case send_action::fail_recipient:
      break;
  }
  record.what = wait ? recorded_outcome::kind::retry : recorded_outcome::kind::failed;
  if (wait) record.due_at = outcome.at + *wait;
}

}  // namespace

recorded_outcome to_record(const send_outcome& outcome, record_context in,
                           timestamp uncertain_until, double jitter) {
  using kind = recorded_outcome::kind;
  recorded_outcome record;
  record.seq = outcome.seq;
  record.was_retry = outcome.retry;
  record.at = outcome.at;
  record.attempt = outcome.attempt + 1;
  if (outcome.returned) {
    record.what = kind::retry;
    record.attempt = outcome.attempt;
    record.due_at = outcome.at;
  } else {
    switch (outcome.result.what) {
      case send_result::certainty::accepted:
        record.what = kind::sent;
        record.external_id = outcome.result.message_id;
        break;
      case send_result::certainty::uncertain:
        record.what = kind::uncertain;
        record.error_message = uncertain_text(outcome.result);
        record.due_at = uncertain_until;
        break;
      case send_result::certainty::not_sent:
        // Meta cannot be reached: nobody is written off for that. The dispatcher backs off
        // meanwhile.
        record.what = kind::retry;
        record.attempt = outcome.attempt;
        record.due_at = outcome.at + pause_after_refusal;
        break;
      case send_result::certainty::rejected:
        record.error_code = outcome.result.error.code;
        record.error_message = error_text(outcome.result);
        judge_refusal(outcome, in.others_were_sent, jitter, record);
        break;
    }
  }
  if (in.ended && record.what == kind::retry) record.what = kind::cancelled;
  return record;
}

campaign_sending::campaign_sending(uuid campaign, campaign_store& store, campaign_options options,
                                   wall_clock now, hooks with)
    : campaign_(campaign),
      store_(store),
      options_(options),
      now_(std::move(now)),
      with_(std::move(with)) {}

void campaign_sending::prepare(const loaded_campaign& from, bool fresh) {
  account_ = from.account;
  total_ = from.state.total;
  sent_ = from.state.sent;
  ended_ = from.state.status != campaign_status::sending &&
           from.state.status != campaign_status::scheduled &&
           from.state.status != campaign_status::draft;
  auto compiled = template_plan::compile(from.source);
  plan_ = compiled ? std::make_shared<const template_plan>(std::move(compiled).value()) : nullptr;
  plan_error_ = compiled ? "" : compiled.error().detail;
  if (!fresh) return;
  window_ = send_window(from.claimed_seq);
  claim_token_ = 1;
  const bool may_have_lost =
      from.settled_seq < from.claimed_seq || from.state.status == campaign_status::sending;
  if (!may_have_lost) return refresh_due();
  needs_recovery_ = true;
  recover();
}

void campaign_sending::recover() {
  if (recovering_) return;
  recovering_ = true;
  store_.recover(campaign_, now_() + options_.uncertain_timeout,
                 [this, run = with_.on_actor](auto counters) {
                   run([this, counters] {
                     recovering_ = false;
                     if (!counters) return with_.look_again(options_.retry_store);
                     needs_recovery_ = false;
                     refresh_due();
                     with_.counted(*counters);
                     if (running_) supply();
                   });
                 });
}

bool campaign_sending::retry_due() const {
  return due_.retry && *due_.retry <= now_();
}

bool campaign_sending::can_supply() const {
  return running_ && !ended_ && !claiming_ && !needs_recovery_ && !withdrawing_ &&
         account_ != nullptr;
}

void campaign_sending::supply() {
  running_ = true;
  if (!can_supply() || (window_.claimed() >= total_ && !retry_due())) return;
  const int window = claim_window(account_->messages_per_second, options_.claim_batch_max);
  // Claims come in halves of the window: fewer, larger commits.
  if (with_dispatcher_ * 2 <= window) claim();
}

void campaign_sending::claim() {
  const int window = claim_window(account_->messages_per_second, options_.claim_batch_max);
  const int at_most = std::min(options_.claim_batch_max, window - with_dispatcher_);
  claiming_ = true;
  store_.claim(campaign_, window_.claimed(), at_most, claim_token_,
               [this, run = with_.on_actor](result<claimed_batch> batch) {
                 run([this, batch = std::move(batch)] { claimed(batch); });
               });
}

void campaign_sending::claimed(result<claimed_batch> batch) {
  claiming_ = false;
  if (!batch) {
    log::warn("campaign", "could not claim recipients; trying again",
              {{"campaign_id", campaign_.to_string()}, {"reason", batch.error().detail}});
    if (withdrawing_) return ask_back();
    return with_.look_again(options_.retry_store);
  }
  ++claim_token_;
  const bool took_retries = std::any_of(batch->recipients.begin(), batch->recipients.end(),
                                        [](const auto& one) { return one.retry; });
  for (const auto& one : batch->recipients)
    if (!one.retry) window_.claim(one.seq);
  window_.advance(batch->claimed_seq);
  if (withdrawing_) {
    for (const auto& one : batch->recipients) returned_.push_back(untried(one, now_()));
    return ask_back();
  }
  hand_over(std::move(batch).value());
  if (took_retries || retry_due()) refresh_due();
  supply();
}

void campaign_sending::hand_over(claimed_batch batch) {
  auto items = std::make_shared<std::vector<send_item>>();
  for (auto& to : batch.recipients) {
    const auto id = recipient_id(campaign_, static_cast<std::uint32_t>(to.seq)).to_string();
    auto message = plan_ ? plan_->render({id, to.phone_number, to.variables_json})
                         : rendered_message{"", plan_error_};
    if (message.ok())
      items->push_back(
          {to.seq, to.attempt, to.retry, std::move(to.phone_number), std::move(message.body)});
    else
      unrecorded_.push_back(unsendable(to, std::move(message.error), now_()));
  }
  with_dispatcher_ += static_cast<int>(items->size());
  if (!items->empty()) with_.offer_items({campaign_, account_, items});
  flush();
}

void campaign_sending::take(const outcomes& report) {
  const auto until = now_() + options_.uncertain_timeout;
  for (const auto& outcome : *report.list) {
    --with_dispatcher_;
    if (outcome.returned && withdrawing_) {
      returned_.push_back(outcome);
      continue;
    }
    judge(outcome);
    unrecorded_.push_back(to_record(outcome, {ended_, sent_ > 0}, until, with_.jitter()));
  }
  if (report.withdrawal && withdrawing_) finish_stop();
  flush();
  if (running_) supply();
}

void campaign_sending::judge(const send_outcome& outcome) {
  if (outcome.returned || outcome.result.what != send_result::certainty::rejected || ended_) return;
  switch (classify(outcome.result)) {
    case send_action::pause_account:
      return with_.stopped_by_meta({"account_refused", error_text(outcome.result)}, true);
    case send_action::pause_campaign:
      if (!only_this_recipient(outcome.result.error.code, sent_ > 0))
        with_.stopped_by_meta({"template_refused", error_text(outcome.result)}, false);
      return;
    default:
      return;
  }
}

void campaign_sending::stop(std::function<void(std::vector<int>)> stopped) {
  running_ = false;
  if (stopped) stopped_ = std::move(stopped);
  if (withdrawing_) return;
  withdrawing_ = true;
  if (!claiming_) ask_back();
}

void campaign_sending::ask_back() {
  if (with_dispatcher_ == 0 || account_ == nullptr) return finish_stop();
  with_.take_back({campaign_, account_->phone_number_id});
}

void campaign_sending::finish_stop() {
  withdrawing_ = false;
  auto stopped = std::exchange(stopped_, nullptr);
  if (!stopped) return release();
  std::vector<int> seqs;
  for (const auto& outcome : returned_) seqs.push_back(outcome.seq);
  stopped(std::move(seqs));
}

void campaign_sending::release() {
  for (const auto& outcome : std::exchange(returned_, {}))
    unrecorded_.push_back(to_record(outcome, {ended_, sent_ > 0}, now_(), 0));
  flush();
}

void campaign_sending::end(const std::vector<int>& recorded_as_cancelled) {
  ended_ = true;
  returned_.clear();
  for (const int seq : recorded_as_cancelled) window_.record(seq);
}

void campaign_sending::flush() {
  if (recording_ || unrecorded_.empty()) return;
  recording_ = true;
  auto list = std::make_shared<const std::vector<recorded_outcome>>(std::exchange(unrecorded_, {}));
  for (const auto& outcome : *list)
    if (!outcome.was_retry) window_.record(outcome.seq);
  store_.record(campaign_, list, window_.settled(),
                [this, list, run = with_.on_actor](auto counters) {
                  run([this, list, counters] { recorded(list, counters); });
                });
}

void campaign_sending::recorded(std::shared_ptr<const std::vector<recorded_outcome>> list,
                                result<campaign_counters> counters) {
  recording_ = false;
  if (!counters) {
    // Nothing is forgotten: the same list goes first when the database is back. Recording is
    // idempotent.
    log::warn("campaign", "could not record outcomes; trying again",
              {{"campaign_id", campaign_.to_string()}, {"reason", counters.error().detail}});
    unrecorded_.insert(unrecorded_.begin(), list->begin(), list->end());
    return with_.look_again(options_.retry_store);
  }
  using kind = recorded_outcome::kind;
  sent_ = counters->sent;
  if (std::any_of(list->begin(), list->end(), [](const auto& one) {
        return one.what == kind::retry || one.what == kind::uncertain;
      }))
    refresh_due();
  flush();
  with_.counted(*counters);
  if (running_) supply();
}

void campaign_sending::look() {
  if (needs_recovery_) recover();
  flush();
  if (due_.uncertain && *due_.uncertain <= now_() && !giving_up_) give_up();
  if (running_) supply();
}

void campaign_sending::give_up() {
  giving_up_ = true;
  store_.give_up_uncertain(campaign_, [this, run = with_.on_actor](auto counters) {
    run([this, counters] {
      giving_up_ = false;
      if (!counters) return with_.look_again(options_.retry_store);
      refresh_due();
      with_.counted(*counters);
    });
  });
}

void campaign_sending::refresh_due() {
  store_.next_due(campaign_, [this, run = with_.on_actor](result<due_times> due) {
    run([this, due] {
      if (!due) return with_.look_again(options_.retry_store);
      due_ = *due;
      if (const auto next = next_due())
        with_.look_again(std::max(std::chrono::ceil<std::chrono::milliseconds>(*next - now_()),
                                  std::chrono::milliseconds{1}));
    });
  });
}

std::optional<timestamp> campaign_sending::next_due() const {
  if (!due_.retry) return due_.uncertain;
  if (!due_.uncertain) return due_.retry;
  return std::min(*due_.retry, *due_.uncertain);
}

bool campaign_sending::busy() const {
  return claiming_ || recording_ || needs_recovery_ || giving_up_ || withdrawing_ ||
         with_dispatcher_ > 0 || !unrecorded_.empty();
}

}  // namespace omnistream::actors
