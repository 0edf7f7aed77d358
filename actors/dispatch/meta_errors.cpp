#include "actors/dispatch/meta_errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

/// developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
constexpr std::string_view codes = "WhatsApp Cloud API: Support, Error codes";
/// developers.facebook.com/docs/graph-api/guides/error-handling
constexpr std::string_view graph = "Graph API: Handle errors";
/// developers.facebook.com/documentation/business-messaging/whatsapp/throughput
constexpr std::string_view throughput = "WhatsApp Cloud API: Throughput";
/// developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
constexpr std::string_view messenger = "Messenger Platform: Common Error Codes";

constexpr std::string_view too_late =
    "Too much time has passed since the person's last message; they have to write again first.";
constexpr std::string_view unavailable =
    "The person does not receive messages from this account: it was blocked, or theirs is gone.";
constexpr std::string_view too_many_calls =
    "Meta's limit of calls is reached; sending was slowed down.";
constexpr std::string_view nobody = "Meta knows no such person of this account.";

using enum send_action;

constexpr std::array rules{
    error_rule{0, pause_account,
               "Meta could not verify the access token; renew the token of this account.", codes},
    error_rule{1, retry_recipient, "Meta had an unknown fault; the message was tried again.",
               codes},
    error_rule{2, retry_recipient, "Meta's service was not available; the message was tried again.",
               codes},
    error_rule{3, pause_account,
               "The app may not use this function; check its permissions in Meta's App Dashboard.",
               codes},
    error_rule{4, slow_number,
               "The app has reached Meta's limit of calls; sending was slowed down.", codes},
    error_rule{
        10, pause_account,
        "The access token lacks the permission to send messages; grant it and renew the token.",
        codes},
    error_rule{10, fail_recipient, too_late, messenger, 2018065},
    error_rule{10, fail_recipient, unavailable, messenger, 2018108},
    error_rule{10, fail_recipient, too_late, messenger, 2018278},
    error_rule{10, fail_recipient, too_late, messenger, 2534022},
    error_rule{17, slow_number, too_many_calls, graph},
    error_rule{32, slow_number, too_many_calls, graph},
    error_rule{100, fail_recipient, "Meta refused the message because a parameter is not valid.",
               codes},
    error_rule{100, fail_recipient, nobody, messenger, 2018001},
    error_rule{100, fail_recipient, nobody, messenger, 2534014},
    error_rule{190, pause_account, "The access token has expired; renew the token of this account.",
               codes},
    error_rule{
        200, pause_account,
        "The access token lacks the permission to send messages; grant it and renew the token.",
        codes},
    error_rule{200, fail_recipient, unavailable, messenger, 1545041},
    error_rule{341, slow_number, too_many_calls, graph},
    error_rule{368, pause_account,
               "Meta has blocked the account for a while because of a policy violation.", codes},
    error_rule{551, fail_recipient, unavailable, messenger},
    error_rule{613, slow_number, too_many_calls, graph},
    error_rule{1200, retry_recipient, "Meta could not send the message for a moment.", messenger},
    error_rule{80001, slow_number, too_many_calls, graph},
    error_rule{80002, slow_number, too_many_calls, graph},
    error_rule{80006, slow_number, too_many_calls, graph},
    error_rule{80007, slow_number,
               "The account has reached Meta's rate limit; sending was slowed down.", codes},
    error_rule{130429, slow_number,
               "The number sent faster than Meta allows; sending was slowed down.", throughput},
    error_rule{
        130472, fail_recipient,
        "Meta did not deliver: this person takes part in an experiment without marketing messages.",
        codes},
    error_rule{130497, pause_account,
               "The account may not send messages to people in this country.", codes},
    error_rule{131000, retry_recipient,
               "Meta could not send the message because of an unknown fault.", codes},
    error_rule{131005, pause_account,
               "The access token lacks a permission; grant it and renew the token of this account.",
               codes},
    error_rule{131008, fail_recipient, "Meta refused the message because a parameter is missing.",
               codes},
    error_rule{131009, fail_recipient,
               "Meta refused the message because a parameter's value is not valid.", codes},
    error_rule{131016, slow_number, "Meta's service is overloaded; the message was tried again.",
               codes},
    error_rule{131021, fail_recipient, "The recipient is the sending number itself.", codes},
    error_rule{131026, fail_recipient,
               "The message cannot be delivered: the number is not on WhatsApp, uses an old "
               "version or does "
               "not accept such messages.",
               codes},
    error_rule{
        131031, pause_account,
        "Meta has locked the account; see the Account Quality page of Meta's Business Manager.",
        codes},
    error_rule{131037, pause_account,
               "The number has no approved display name; have it approved in WhatsApp Manager.",
               codes},
    error_rule{131042, pause_account,
               "Meta could not charge the account; check its payment method in WhatsApp Manager.",
               codes},
    error_rule{131045, pause_account, "The number is not registered; register it again.", codes},
    error_rule{131047, fail_recipient,
               "More than 24 hours have passed since the person's last message; only a template "
               "can be sent.",
               codes},
    error_rule{131048, pause_account,
               "Meta limits this number because too many people reported or blocked its messages.",
               codes},
    error_rule{
        131049, retry_tomorrow,
        "Meta did not deliver, to keep the number of marketing messages to this person healthy.",
        codes},
    error_rule{131050, opt_out, "The person has stopped marketing messages from this business.",
               codes},
    error_rule{131051, fail_recipient, "This type of message is not supported.", codes},
    error_rule{131052, fail_recipient, "Meta could not download the person's media.", codes},
    error_rule{131053, fail_recipient,
               "Meta could not fetch the header's media; check that its link is public and its "
               "type allowed.",
               codes},
    error_rule{131056, slow_pair, "Too many messages were sent to this person within a short time.",
               codes},
    error_rule{131057, slow_number, "Meta is upgrading the number; the message was tried again.",
               throughput},
    error_rule{132000, fail_recipient,
               "The number of variables differs from the template's; compare it with the template.",
               codes},
    error_rule{132001, pause_campaign,
               "The template does not exist in this language or is not approved.", codes},
    error_rule{132005, fail_recipient,
               "The message is too long with this person's variables filled in.", codes},
    error_rule{132007, fail_recipient, "The message's content violates WhatsApp's policy.", codes},
    error_rule{
        132012, fail_recipient,
        "A variable has not the format that the template expects; compare it with the template.",
        codes},
    error_rule{132015, pause_campaign, "Meta has paused the template because of its low quality.",
               codes},
    error_rule{
        132016, pause_campaign,
        "Meta has disabled the template for good because of its low quality; use another one.",
        codes},
    error_rule{133004, slow_number, "Meta's server was not available; the message was tried again.",
               codes},
    error_rule{133005, slow_number,
               "Meta refused the number's two-step PIN; register the number again.", codes},
    error_rule{133010, pause_account,
               "The number is not registered with the Cloud API; register it.", codes},
    error_rule{135000, fail_recipient,
               "Meta refused the message for an unnamed fault in its parameters.", codes},
    error_rule{137000, fail_recipient,
               "The person's identity has changed since it was last confirmed.", codes},
    error_rule{1545041, fail_recipient, unavailable, messenger},
};

using code_pair = std::pair<int, int>;

constexpr code_pair place_of(const error_rule& rule) {
  return {rule.code, rule.subcode};
}

constexpr bool ordered() {
  for (std::size_t i = 1; i < rules.size(); ++i)
    if (place_of(rules[i - 1]) >= place_of(rules[i])) return false;
  return true;
}
static_assert(ordered(), "find_error_rule() searches by halves, and every pair stands once");

const error_rule* rule_at(code_pair searched) {
  const auto found = std::ranges::lower_bound(rules, searched, {}, place_of);
  return found != rules.end() && place_of(*found) == searched ? &*found : nullptr;
}

/// A code of 0 without any text is the absence of an error object, not Meta's code 0 (token).
bool has_error_object(const graph_error& error) {
  return error.code != 0 || !error.message.empty();
}

const error_rule* rule_of(const graph_error& error) {
  return has_error_object(error) ? find_error_rule(error.code, error.subcode) : nullptr;
}

send_action action_of_status(int http_status) {
  if (http_status >= 500) return retry_recipient;
  if (http_status == 429) return slow_number;
  if (http_status == 401) return pause_account;
  return fail_recipient;
}

/// `sentence said ending`: whole sentence and ending however long `said` is.
std::string compose(std::string_view sentence, std::string_view said, std::string_view ending) {
  std::string text(sentence);
  if (!said.empty() && said != sentence) {
    text += ' ';
    text += said;
    if (said.back() != '.' && said.back() != '!' && said.back() != '?') text += '.';
  }
  text.resize(utf8_beginning(text, error_text_bytes_max - ending.size()).size());
  text += ending;
  return text;
}

std::chrono::milliseconds lengthened(double seconds, double jitter) {
  const double share = std::clamp(jitter, 0.0, 1.0) / 5;
  return std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1'000 * (1 + share))};
}

}  // namespace

std::span<const error_rule> error_rules() {
  return rules;
}

const error_rule* find_error_rule(int code, int subcode) {
  const int searched =
      code > 200 && code <= 299 ? 200 : code;  // Meta names 200 to 299 as one: permissions
  const auto* exact = rule_at({searched, subcode});
  return exact != nullptr ? exact : rule_at({searched, 0});
}

bool pauses_campaign_when_all_fail(int code) {
  return code == 132000 || code == 132012;
}

send_action classify(const send_result& outcome) {
  using certainty = send_result::certainty;
  if (outcome.what == certainty::not_sent) return retry_recipient;
  if (outcome.what != certainty::rejected) return fail_recipient;
  if (outcome.action) return *outcome.action;
  const auto* rule = rule_of(outcome.error);
  return rule != nullptr ? rule->action : action_of_status(outcome.http_status);
}

send_action classify(const graph_error& error) {
  const auto* rule = rule_of(error);
  return rule != nullptr ? rule->action : fail_recipient;
}

std::string error_text(const graph_error& error) {
  if (!has_error_object(error)) return "Meta reported a failure without naming a reason.";
  const auto* rule = rule_of(error);
  return compose(rule != nullptr ? rule->sentence : "Meta refused the message.",
                 error.details.empty() ? error.message : error.details,
                 " (Meta error " + std::to_string(error.code) + ")");
}

std::string error_text(const send_result& outcome) {
  switch (outcome.what) {
    case send_result::certainty::accepted:
      return {};
    case send_result::certainty::not_sent:
      return compose("Meta could not be reached; the message was not sent.", outcome.error.message,
                     "");
    case send_result::certainty::uncertain:
      return compose(
          "Meta's answer did not arrive, so it is not known whether the message was sent.",
          outcome.error.message, "");
    case send_result::certainty::rejected:
      break;
  }
  if (outcome.action) return compose(outcome.error.message, "", "");
  if (has_error_object(outcome.error)) return error_text(outcome.error);
  return "Meta refused the message without naming a reason. (HTTP status " +
         std::to_string(outcome.http_status) + ")";
}

std::optional<std::chrono::milliseconds> pair_delay(int failures, double jitter) {
  if (failures > pair_tries_max) return std::nullopt;
  return lengthened(std::pow(4.0, std::max(failures, 1) - 1), jitter);
}

std::optional<std::chrono::milliseconds> recipient_delay(int failures, double jitter) {
  if (failures > recipient_tries_max) return std::nullopt;
  return lengthened(std::pow(2.0, std::max(failures, 1) - 1), jitter);
}

std::chrono::milliseconds number_delay(int failures, std::optional<std::int64_t> retry_after_ms,
                                       double jitter) {
  using std::chrono::milliseconds;
  if (retry_after_ms && *retry_after_ms > 0) {
    const auto asked =
        std::min<std::int64_t>(*retry_after_ms, milliseconds{retry_after_max}.count());
    return milliseconds{asked};
  }
  const double doubled = std::pow(2.0, std::clamp(failures, 1, 16) - 1);
  return std::min(lengthened(doubled, jitter), milliseconds{number_delay_max});
}

}  // namespace omnistream::actors
