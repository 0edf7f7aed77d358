#include "actors/conversation/message_rules.hpp"

#include "actors/dispatch/meta_errors.hpp"

namespace omnistream::actors {
namespace {

constexpr std::chrono::seconds pause_after_refusal{1};

/// A refusal, by what the table says of its code.
void judge_refusal(const send_outcome& outcome, double jitter, recorded_message& record) {
  const auto& result = outcome.result;
  std::optional<std::chrono::milliseconds> wait;
  switch (classify(result)) {
    case send_action::slow_number:
      // Not this message's fault: it is tried for as long as it takes.
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
    case send_action::pause_account:
      record.attempt = outcome.attempt;
      wait = std::chrono::milliseconds{0};
      break;
    case send_action::opt_out:
      record.opt_out = true;
      break;
    case send_action::retry_tomorrow:
    case send_action::pause_campaign:
    case send_action::fail_recipient:
      break;
  }
  record.what = wait ? recorded_message::kind::retry : recorded_message::kind::failed;
  if (wait) record.due_at = outcome.at + *wait;
}

}  // namespace

bool window_is_open(const std::optional<timestamp>& last_inbound_at, timestamp now) {
  return last_inbound_at && now - *last_inbound_at < service_window;
}

std::optional<problem> refuse_message(const message_surroundings& in, const std::string& type,
                                      timestamp now) {
  if (in.channel != "whatsapp")
    return problems::wrong_state("channel_not_supported",
                                 "Nothing can be sent on the channel " + in.channel + " yet.");
  if (!in.has_account)
    return problems::wrong_state("account_deleted",
                                 "The account that the conversation was held through is deleted.");
  if (!in.account_active)
    return problems::wrong_state("account_inactive",
                                 "The WhatsApp account is switched off; set is_active to go on.");
  if (in.account_paused) return problems::wrong_state("account_paused", *in.account_paused);
  if (!in.contact.phone_number && !in.contact.user_id)
    return problems::wrong_state("contact_without_number",
                                 "The contact has neither a phone number nor an id at WhatsApp.");
  if (type != "template" && !window_is_open(in.last_inbound_at, now))
    return problems::wrong_state(
        "service_window_closed",
        "The contact did not write within the last 24 hours: Meta takes templates only.");
  if (in.waiting >= waiting_messages_max)
    return problems::wrong_state("too_many_waiting",
                                 "There are " + std::to_string(waiting_messages_max) +
                                     " messages of this conversation that wait for Meta.");
  return std::nullopt;
}

recorded_message to_record(const send_outcome& outcome, timestamp uncertain_until, double jitter) {
  using kind = recorded_message::kind;
  recorded_message record;
  record.number = outcome.seq;
  record.attempt = outcome.attempt + 1;
  if (outcome.returned) {
    // Not at once: whoever gave it back may be unable to take it for a while.
    record.what = kind::retry;
    record.attempt = outcome.attempt;
    record.due_at = outcome.at + pause_after_refusal;
    return record;
  }
  switch (outcome.result.what) {
    case send_result::certainty::accepted:
      record.external_id = outcome.result.message_id;
      break;
    case send_result::certainty::uncertain:
      record.what = kind::uncertain;
      record.error_message = "Uncertain: the message was handed to Meta but no answer came (" +
                             outcome.result.error.message +
                             "). It is not sent again; Meta's status will tell.";
      record.due_at = uncertain_until;
      break;
    case send_result::certainty::not_sent:
      // Meta cannot be reached: nothing is written off for that. The dispatcher backs off
      // meanwhile.
      record.what = kind::retry;
      record.attempt = outcome.attempt;
      record.due_at = outcome.at + pause_after_refusal;
      break;
    case send_result::certainty::rejected:
      record.error_code = outcome.result.error.code;
      record.error_message = error_text(outcome.result);
      judge_refusal(outcome, jitter, record);
      break;
  }
  return record;
}

std::optional<pause> account_pause_of(const send_outcome& outcome) {
  if (outcome.returned || outcome.result.what != send_result::certainty::rejected ||
      classify(outcome.result) != send_action::pause_account)
    return std::nullopt;
  return pause{account_refused, error_text(outcome.result)};
}

}  // namespace omnistream::actors
