#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/webhook/delivery_sender.hpp"
#include "config/base/time.hpp"

namespace omnistream::actors {

struct delivery;

enum class webhook_status : std::uint8_t {
  active,    ///< what waits is sent at once
  retrying,  ///< the first delivery in order failed; it is tried again, the rest waits behind it
  disabled,  ///< nothing is sent, and what happens is not kept; what waited stays
};
std::string_view to_string(webhook_status status);
std::optional<webhook_status> parse_webhook_status(std::string_view text);

/// What is remembered of a subscription from one attempt to the next; the database keeps it.
struct webhook_state {
  webhook_status status = webhook_status::active;
  std::optional<timestamp> failing_since;  ///< of the first failure since the last success
  std::string disabled_reason;  ///< code: `gone`, `failing`, `by_hand`; empty unless disabled
  bool operator==(const webhook_state&) const = default;
};

// -- rules ---------------------------------------------------------------------------------------

/// How long a delivery waits after its first, second, ... failure; after one more it is given up.
inline constexpr std::array<std::chrono::seconds, 9> retry_waits{
    std::chrono::seconds{5}, std::chrono::minutes{5}, std::chrono::minutes{30},
    std::chrono::hours{2},   std::chrono::hours{5},   std::chrono::hours{10},
    std::chrono::hours{14},  std::chrono::hours{20},  std::chrono::hours{24}};
inline constexpr int attempts_max = static_cast<int>(retry_waits.size()) + 1;
/// Waits are longer by up to this part, so that what failed together is not tried together.
inline constexpr double retry_jitter = 0.2;
/// As long as a subscriber may ask for with Retry-After.
inline constexpr std::chrono::seconds asked_wait_max = std::chrono::hours{24};
/// A subscription that does nothing but fail for so long is disabled.
inline constexpr std::chrono::seconds failing_max = std::chrono::days{5};
/// A delivery refused so often is suspected to be refused for what it is.
inline constexpr int refusals_before_probe = 3;

/// What an attempt was made for.
enum class attempt_kind : std::uint8_t {
  head,    ///< the first delivery in order, or one that left beside it
  beside,  ///< one that left beside others, of which one has failed: that is the head now
  probe,   ///< the one behind the head: is it only the head that is refused?
  aside,   ///< one out of order
};

/// What an attempt changes.
struct webhook_verdict {
  webhook_state state;                       ///< the subscription's
  bool delivered = false;                    ///< this delivery has ended well
  bool given_up = false;                     ///< it has ended and will not be tried again
  std::optional<timestamp> next_attempt_at;  ///< unless it has ended
  bool probe = false;                        ///< (head) try the next delivery once before waiting
  bool head_aside = false;  ///< (probe) only the head is refused: it leaves the order
};

/// Judges an attempt, the delivery's `attempts`-th, that ended at `now`; `jitter` is uniform in
/// [0, 1). Pure, total, deterministic.
///
/// A disabled subscription stays disabled: the attempt began before that. Deliveries beside the
/// head or out of order do not change the status, except that an endpoint which is gone is gone for
/// all.
webhook_verdict judge(const webhook_state& state, attempt_kind kind, int attempts,
                      const delivery_result& result, timestamp now, double jitter);

/// The delivery as the log shows it after that attempt.
void note_attempt(delivery& what, const delivery_result& result, const webhook_verdict& verdict,
                  timestamp now);

/// When a delivery that has failed `attempts` times is tried again; nothing: never.
std::optional<std::chrono::microseconds> retry_wait(int attempts, double jitter);

/// Whether the answer may be meant for the one delivery: not the subscriber's being away or busy.
bool is_refusal(int status);

// -- pace ----------------------------------------------------------------------------------------

/// How fast a subscriber takes deliveries.
struct webhook_pace {
  std::chrono::milliseconds gap{0};  ///< between two deliveries
  timestamp not_before{};            ///< of the next delivery, whichever it is
  int together = 1;                  ///< so many may be under way at once
  timestamp slowed_at{};             ///< what left before says nothing new
  timestamp careful_until{};         ///< no more are under way at once before
  bool operator==(const webhook_pace&) const = default;
};
inline constexpr std::chrono::milliseconds gap_min{1'000};
inline constexpr std::chrono::milliseconds gap_max{60'000};
inline constexpr int together_max = 8;
/// An answer within this time is quick. Who takes longer holds a lane longer, and gets one only,
/// for so many times as long as that took: who is slow now and then holds few lanes on average.
inline constexpr std::chrono::milliseconds quick_answer{1'000};
inline constexpr int careful_factor = 4;

/// The pace after an attempt that ended at `now`: 429, 502 and 504 double the gap, a success halves
/// it, and Retry-After is obeyed. Where there is no gap each quick success lets one more be under
/// way at once; a failure or a slow answer leaves one.
webhook_pace pace_after(webhook_pace pace, const delivery_result& result, timestamp now);

/// The gap when the log is all that is known: the head was tried `attempts` times, the last
/// answered with `status`.
std::chrono::milliseconds gap_as_left(int status, int attempts);

}  // namespace omnistream::actors
