#include "actors/campaign/outcome_record.hpp"

#include <algorithm>

#include "actors/dispatch/meta_errors.hpp"
#include "config/base/metrics.hpp"

namespace omnistream::actors {

namespace {

constexpr std::chrono::seconds pause_after_refusal{1};

std::string uncertain_text(const send_result& result) {
  return "Uncertain: the message was handed to Meta but no answer came (" + result.error.message +
         "). It is not sent again; Meta's status will tell.";
}

/// What to do after a refusal. A parameter mismatch is the template's fault when nobody could be
/// sent to yet, else this recipient's.
send_action action_after(const send_result& refused, bool others_were_sent) {
  if (!pauses_campaign_when_all_fail(refused.error.code)) return classify(refused);
  return others_were_sent ? send_action::fail_recipient : send_action::pause_campaign;
}

/// A refusal, by what the table says of its code.
void judge_refusal(const send_outcome& outcome, bool others_were_sent, double jitter,
                   recorded_outcome& record) {
  const auto& result = outcome.result;
  std::optional<std::chrono::milliseconds> wait;
  switch (action_after(result, others_were_sent)) {
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
    // Not at once: whoever gave it back may be unable to take it for a while.
    record.what = kind::retry;
    record.attempt = outcome.attempt;
    record.due_at = outcome.at + pause_after_refusal;
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

std::optional<wider_refusal> wider_refusal_of(const send_outcome& outcome, bool others_were_sent) {
  if (outcome.returned || outcome.result.what != send_result::certainty::rejected)
    return std::nullopt;
  switch (action_after(outcome.result, others_were_sent)) {
    case send_action::pause_account:
      return wider_refusal{{account_refused, error_text(outcome.result)}, outcome.account};
    case send_action::pause_campaign:
      return wider_refusal{{template_refused, error_text(outcome.result)}, nullptr};
    default:
      return std::nullopt;
  }
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

void note_outcomes(const std::vector<recorded_outcome>& list) {
  using kind = recorded_outcome::kind;
  const auto series = [](const char* outcome) -> metrics::counter& {
    return metrics::counter_of("omnistream_campaign_outcomes_total",
                               "Recipients by what became of handing them to Meta.",
                               {{"outcome", outcome}});
  };
  static auto& sent = series("sent");
  static auto& failed = series("failed");
  static auto& uncertain = series("uncertain");
  static auto& retry = series("retry");
  static auto& cancelled = series("cancelled");
  for (const auto& one : list) {
    switch (one.what) {
      case kind::sent:
        sent.add();
        break;
      case kind::failed:
        failed.add();
        break;
      case kind::uncertain:
        uncertain.add();
        break;
      case kind::retry:
        retry.add();
        break;
      case kind::cancelled:
        cancelled.add();
        break;
    }
  }
}

}  // namespace omnistream::actors
