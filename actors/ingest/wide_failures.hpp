#pragma once

#include <optional>
#include <vector>

#include "actors/campaign/campaign_machine.hpp"
#include "actors/ingest/webhook_payload.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// A failure told by a status webhook whose reason concerns more than its recipient: payment, spam
/// rate, a paused template. By the same table as a refusal in Meta's reply.
struct wide_failure {
  recipient_key recipient;
  timestamp at{};  ///< Meta's time of it, whole seconds
  pause why;
  bool of_account = false;  ///< everything sent through the account stops, else only the campaign
};
/// Nothing if it did not fail, is nobody of ours, or failed for a reason of its own.
std::optional<wide_failure> wide_failure_of(const folded_status& status);

/// Those that are news: their recipients have not failed yet, so a repeated webhook pauses nothing
/// again. Asked before the statuses are applied, in the same transaction.
std::vector<wide_failure> news_of(storage::session& in, const std::vector<wide_failure>& all);

/// Pauses the accounts and campaigns concerned, unless they were changed after the failure, and
/// adds whoever must look at themselves to `to_wake`. The recipient itself stays failed: Meta had
/// taken the message.
void pause_after(storage::session& in, const std::vector<wide_failure>& news,
                 whom_to_wake& to_wake);

}  // namespace omnistream::actors
