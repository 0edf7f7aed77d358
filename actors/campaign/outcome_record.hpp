#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/campaign/campaign_store.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What a send came to, as it is recorded: Meta's answer judged for this one recipient. Pure.
struct record_context {
  bool ended = false;  ///< the campaign does not send any more: nothing is kept for another try
  bool others_were_sent =
      false;  ///< so a mismatch of parameters is this recipient's, not the template's
};
recorded_outcome to_record(const send_outcome& outcome, record_context in,
                           timestamp uncertain_until, double jitter);

/// What of a refusal concerns more than its recipient; nothing if it does not.
struct wider_refusal {
  pause why;
  account_ptr account;  ///< all that is sent through it stops, as it was known then; null: only
                        ///< this campaign
};
std::optional<wider_refusal> wider_refusal_of(const send_outcome& outcome, bool others_were_sent);

/// Claimed and not handed over: given back as it is, or recorded as impossible to send.
send_outcome untried(const claimed_recipient& claimed, timestamp now);
recorded_outcome unsendable(const claimed_recipient& claimed, std::string why, timestamp now);

/// Counts recorded outcomes for /metrics, over all campaigns: a series per campaign would grow
/// without bound.
void note_outcomes(const std::vector<recorded_outcome>& list);

}  // namespace omnistream::actors
