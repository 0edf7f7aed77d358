#include "actors/dispatch/outcome_verdict.hpp"

#include <chrono>
#include <utility>

#include "actors/dispatch/meta_errors.hpp"

namespace omnistream::actors {
namespace {

using kind = outcome_verdict::kind;
using std::chrono::milliseconds;

constexpr std::chrono::seconds pause_after_refusal{1};

std::string uncertain_text(const send_outcome& outcome) {
  const auto channel = outcome.account ? outcome.account->channel : channel_kind::whatsapp;
  std::string text = "Uncertain: the message was handed to " + std::string(taker_of(channel)) +
                     " but no answer came (" + outcome.result.error.message +
                     "). It is not sent again";
  return text + (channel == channel_kind::email ? "." : "; Meta's status will tell.");
}

bool is_mail(const send_outcome& outcome) {
  return outcome.account && outcome.account->channel == channel_kind::email;
}

/// Mail servers are slow to say why they do not want a mail yet, and people wonder meanwhile.
std::string told_to_wait(std::string why) {
  if (!why.empty() && why.back() != '.') why += '.';
  return why.append(tried_again);
}

/// How long until the next try, and which tries count; nothing: it failed for good.
std::optional<milliseconds> judge_refusal(const send_outcome& outcome, send_action action,
                                          patience whose, double jitter, outcome_verdict& verdict) {
  const bool is_campaign = whose == patience::of_a_campaign;
  switch (action) {
    case send_action::slow_number:
      // Not this message's fault: it is tried for as long as it takes.
      verdict.attempt = outcome.attempt;
      return outcome.result.retry_after_ms ? milliseconds(*outcome.result.retry_after_ms)
                                           : pause_after_refusal;
    case send_action::slow_pair:
      return pair_delay(verdict.attempt, jitter);
    case send_action::retry_recipient:
      return recipient_delay(verdict.attempt, jitter);
    case send_action::retry_tomorrow:
      if (is_campaign && verdict.attempt == 1) return retry_tomorrow_delay;
      return std::nullopt;
    case send_action::pause_campaign:
      if (!is_campaign) return std::nullopt;
      [[fallthrough]];
    case send_action::pause_account:
      verdict.attempt = outcome.attempt;
      // A campaign stops with its account; a message is asked for again, and must not spin.
      return is_campaign ? milliseconds{0} : pause_after_refusal;
    case send_action::opt_out:
      verdict.opt_out = true;
      return std::nullopt;
    case send_action::fail_recipient:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Tried again as if it had not been tried. Not at once: whoever gave it back, or cannot be
/// reached, may be unable to take it for a while. The dispatcher backs off meanwhile.
outcome_verdict as_before(const send_outcome& outcome) {
  outcome_verdict verdict;
  verdict.what = kind::retry;
  verdict.attempt = outcome.attempt;
  verdict.due_at = outcome.at + pause_after_refusal;
  return verdict;
}

}  // namespace

outcome_verdict judge_outcome(const send_outcome& outcome, send_action action, patience whose,
                              timestamp uncertain_until, double jitter) {
  if (outcome.returned) return as_before(outcome);
  outcome_verdict verdict;
  verdict.attempt = outcome.attempt + 1;
  switch (outcome.result.what) {
    case send_result::certainty::accepted:
      verdict.external_id = outcome.result.message_id;
      break;
    case send_result::certainty::uncertain:
      verdict.what = kind::uncertain;
      verdict.error_message = uncertain_text(outcome);
      verdict.due_at = uncertain_until;
      break;
    case send_result::certainty::not_sent: {
      auto later = as_before(outcome);
      // A mail server may be one that does not exist.
      if (is_mail(outcome)) later.error_message = told_to_wait(outcome.result.error.message);
      return later;
    }
    case send_result::certainty::rejected: {
      // What was refused on this side has no code of Meta's.
      if (outcome.result.error.code != 0 || !outcome.result.action)
        verdict.error_code = outcome.result.error.code;
      verdict.error_message = error_text(outcome.result);
      const auto wait = judge_refusal(outcome, action, whose, jitter, verdict);
      verdict.what = wait ? kind::retry : kind::failed;
      if (wait) verdict.due_at = outcome.at + *wait;
      if (wait && is_mail(outcome) && action != send_action::pause_account)
        verdict.error_message = told_to_wait(std::move(verdict.error_message));
      break;
    }
  }
  return verdict;
}

}  // namespace omnistream::actors
