#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/interfaces.hpp"
#include "config/base/time.hpp"

namespace omnistream::actors {

/// What a send means for its one message.
struct outcome_verdict {
  /// Numbered as the statuses of messages and recipients are in the database.
  enum class kind : std::uint8_t { retry = 0, uncertain = 1, sent = 2, failed = 5 };
  kind what = kind::sent;
  std::string external_id;        ///< when sent
  std::optional<int> error_code;  ///< when refused
  std::string error_message;      ///< for a person; empty when sent, given back, not_sent to Meta
  int attempt = 0;                ///< for retry: tries so far that count
  timestamp due_at{};             ///< for retry: not before; for uncertain: given up after
  bool opt_out = false;           ///< the person asked not to get such messages
};

/// Who waits for the message. A campaign waits for a day, or for a template to be put right; a
/// person who answers is told at once that it did not go.
enum class patience : std::uint8_t { of_a_campaign, of_a_person };

/// At the end of the error_message of a mail that is tried again by itself.
inline constexpr std::string_view tried_again = " It is tried again.";

/// Judges an outcome, by `action` if it was refused: classify(), unless whoever sent knows better.
/// `jitter`: see recipient_delay(). Pure.
outcome_verdict judge_outcome(const send_outcome& outcome, send_action action, patience whose,
                              timestamp uncertain_until, double jitter);

}  // namespace omnistream::actors
