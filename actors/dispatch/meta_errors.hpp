#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/dispatch/message_sender.hpp"
#include "actors/dispatch/send_action.hpp"

namespace omnistream::actors {

/// One of Meta's error codes: what to do and what to tell people.
struct error_rule {
  int code;
  send_action action;
  std::string_view sentence;  ///< what happened and what to do, for `error_message`
  std::string_view source;    ///< where the meaning of the code is documented
  int subcode = 0;            ///< 0: whatever the subcode, unless that has a row of its own
};

/// The table, ordered by code and subcode; every pair once.
std::span<const error_rule> error_rules();
/// The row of a code with this subcode, else of the code alone; null if the table has none. 200 to
/// 299 (permissions) share the rows of 200.
const error_rule* find_error_rule(int code, int subcode = 0);

/// Codes that blame the filled-in variables (132000, 132012): final for the recipient at first, but
/// a campaign whose first messages all fail with one of them does not fit its template: pause it.
bool pauses_campaign_when_all_fail(int code);

/// What to do after `rejected` or `not_sent`. Codes that are not in the table go by HTTP status:
/// 5xx retry_recipient, 429 slow_number, 401 pause_account, everything else fail_recipient.
/// What a sender decided itself stays. `not_sent` is retry_recipient. `accepted` and `uncertain`
/// are no refusals and must not be asked about; they answer fail_recipient, never a retry.
send_action classify(const send_result& outcome);
/// The same for an error that a status webhook brought: there is no HTTP status then, unknown codes
/// fail_recipient.
send_action classify(const graph_error& error);

/// The text of `error_message`: a sentence, Meta's details (or message) and the code. At most
/// error_text_bytes_max bytes, cut at a character's border.
inline constexpr std::size_t error_text_bytes_max = 500;
std::string error_text(const graph_error& error);
/// The same for any outcome that is not `accepted`, also where Meta gave no code.
std::string error_text(const send_result& outcome);

// Back-off. `jitter` is a random number in [0, 1) that the caller draws; it lengthens a wait by up
// to a fifth, so that those who were refused together do not come back together.

inline constexpr int pair_tries_max = 6;
inline constexpr int recipient_tries_max = 8;
inline constexpr std::chrono::seconds number_delay_max{60};
inline constexpr std::chrono::hours retry_after_max{24};
inline constexpr std::chrono::hours retry_tomorrow_delay{24};

/// The wait after the `failures`-th (1, 2, ...) 131056 of one recipient: 4^(failures-1) s, as Meta
/// asks; nothing after pair_tries_max failures: give up.
std::optional<std::chrono::milliseconds> pair_delay(int failures, double jitter);
/// The wait after the `failures`-th passing fault of one recipient: 2^(failures-1) s; nothing after
/// recipient_tries_max failures.
std::optional<std::chrono::milliseconds> recipient_delay(int failures, double jitter);
/// How long the number rests after its `failures`-th refusal in a row: what Meta's reply asks (at
/// most retry_after_max), else 1 s doubling up to number_delay_max. Numbers never give up.
std::chrono::milliseconds number_delay(int failures, std::optional<std::int64_t> retry_after_ms,
                                       double jitter);

}  // namespace omnistream::actors
