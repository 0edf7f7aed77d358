#include "actors/conversation/message_rules.hpp"

#include <utility>

#include "actors/conversation/outgoing_channel.hpp"
#include "actors/dispatch/meta_errors.hpp"
#include "actors/dispatch/outcome_verdict.hpp"

namespace omnistream::actors {
namespace {

problem window_closed(const message_surroundings& in, std::chrono::hours window) {
  return problems::wrong_state(
      "service_window_closed",
      "The contact did not write within the last " + std::to_string(window.count()) +
          " hours: Meta takes " +
          (in.channel == "whatsapp" ? "templates only." : "nothing until they write again."));
}

}  // namespace

bool window_is_open(const std::optional<std::chrono::hours>& window,
                    const std::optional<timestamp>& last_inbound_at, timestamp now) {
  return !window || (last_inbound_at && now - *last_inbound_at < *window);
}

std::optional<problem> refuse_message(const message_surroundings& in, const message_draft& what,
                                      timestamp now) {
  const auto* channel = outgoing_channel_of(in.channel);
  if (channel == nullptr)
    return problems::wrong_state("channel_not_supported",
                                 "Nothing can be sent on the channel " + in.channel + " yet.");
  if (auto why = channel->refuse(what)) return why;
  if (!in.has_account)
    return problems::wrong_state("account_deleted",
                                 "The account that the conversation was held through is deleted.");
  if (!in.account_active)
    return problems::wrong_state("account_inactive",
                                 "The account is switched off; set is_active to go on.");
  if (in.account_paused) return problems::wrong_state("account_paused", *in.account_paused);
  if (!channel->reaches(in.contact))
    return problems::wrong_state("contact_without_number",
                                 "The contact has no number and no id on the channel.");
  const auto window = channel->window(what.type, what.as_human_agent);
  if (!window_is_open(window, in.last_inbound_at, now)) return window_closed(in, *window);
  if (in.waiting >= waiting_messages_max)
    return problems::wrong_state("too_many_waiting",
                                 "There are " + std::to_string(waiting_messages_max) +
                                     " messages of this conversation that wait to be sent.");
  return std::nullopt;
}

recorded_message to_record(const send_outcome& outcome, timestamp uncertain_until, double jitter) {
  return {judge_outcome(outcome, classify(outcome.result), patience::of_a_person, uncertain_until,
                        jitter),
          outcome.seq};
}

send_outcome unless_uncertain(send_outcome outcome) {
  auto& result = outcome.result;
  const bool is_uncertain = !outcome.returned && result.what == send_result::certainty::uncertain;
  if (!is_uncertain || outcome.attempt >= repeats_max) return outcome;
  // What comes after it waits meanwhile.
  result.what = send_result::certainty::rejected;
  result.action = send_action::retry_recipient;
  return outcome;
}

std::optional<pause> account_pause_of(const send_outcome& outcome) {
  if (outcome.returned || outcome.result.what != send_result::certainty::rejected ||
      classify(outcome.result) != send_action::pause_account)
    return std::nullopt;
  return pause{account_refused, error_text(outcome.result)};
}

}  // namespace omnistream::actors
