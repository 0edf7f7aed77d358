#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/ingest/inbox_store.hpp"
#include "config/base/result.hpp"
#include "storage/session.hpp"

/// Applying what is in the inbox, as the engine, in the transaction that takes it from there.
namespace omnistream::actors {

/// All of it, or nothing where any of it cannot be applied.
result<applied_webhooks> apply_together(storage::session& in,
                                        const std::vector<stored_webhook>& batch);

/// Part by part: what cannot be applied holds nothing else up. It is set aside with its causes,
/// which `refused` tells; nothing refused: the webhook is gone from the inbox. Of one that was set
/// aside before only those parts are tried that may come late.
applied_webhooks apply_apart(storage::session& in, const stored_webhook& webhook);

/// How long to wait before what has failed so often is tried again; nothing: until the next start.
std::optional<std::chrono::minutes> retry_after(int failures);

}  // namespace omnistream::actors
