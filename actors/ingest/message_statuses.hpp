#pragma once

#include <cstddef>
#include <vector>

#include "actors/ingest/webhook_payload.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

struct applied_message_statuses {
  std::size_t messages = 0;  ///< of ours
  std::size_t updates = 0;   ///< that were about them
};

/// Applies statuses to messages of conversations, found by our id in the callback data or by Meta's
/// id; those of recipients are left out, and so is what came to another number than the message was
/// sent from. Adds whoever must look at themselves, as their account was paused, to `to_wake`.
applied_message_statuses apply_message_statuses(storage::session& in,
                                                std::vector<status_update> updates,
                                                whom_to_wake& to_wake);

}  // namespace omnistream::actors
