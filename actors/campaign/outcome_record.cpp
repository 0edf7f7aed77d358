#include "actors/campaign/outcome_record.hpp"

#include <utility>

#include "actors/dispatch/meta_errors.hpp"
#include "actors/dispatch/outcome_verdict.hpp"
#include "config/base/metrics.hpp"

namespace omnistream::actors {

namespace {

/// What to do after a refusal. A parameter mismatch is the template's fault when nobody could be
/// sent to yet, else this recipient's.
send_action action_after(const send_result& refused, bool others_were_sent) {
  if (!pauses_campaign_when_all_fail(refused.error.code)) return classify(refused);
  return others_were_sent ? send_action::fail_recipient : send_action::pause_campaign;
}

}  // namespace

recorded_outcome to_record(const send_outcome& outcome, record_context in,
                           timestamp uncertain_until, double jitter) {
  using kind = recorded_outcome::kind;
  auto verdict = judge_outcome(outcome, action_after(outcome.result, in.others_were_sent),
                               patience::of_a_campaign, uncertain_until, jitter);
  recorded_outcome record;
  switch (verdict.what) {
    case outcome_verdict::kind::sent:
      record.what = kind::sent;
      break;
    case outcome_verdict::kind::retry:
      record.what = in.ended ? kind::cancelled : kind::retry;
      break;
    case outcome_verdict::kind::uncertain:
      record.what = kind::uncertain;
      break;
    case outcome_verdict::kind::failed:
      record.what = kind::failed;
      break;
  }
  record.seq = outcome.seq;
  record.was_retry = outcome.retry;
  record.external_id = std::move(verdict.external_id);
  record.error_code = verdict.error_code.value_or(0);
  record.error_message = std::move(verdict.error_message);
  record.at = outcome.at;
  record.attempt = verdict.attempt;
  record.due_at = verdict.due_at;
  record.opt_out = verdict.opt_out;
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
