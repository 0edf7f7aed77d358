#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/webhook/webhook_store.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// Unseals a subscription's secret; nothing if it cannot be read.
using open_webhook_secret =
    std::function<std::optional<std::string>(const uuid& webhook, const std::string& sealed)>;

/// The webhook store on PostgreSQL. What many actors read and record at the same time shares
/// transactions, so that commits do not grow with the number of subscriptions. What a caller asked
/// for runs as its tenant; what the engine does runs as the engine.
std::unique_ptr<webhook_store> make_webhook_store(storage::pool& pool, open_webhook_secret open);

}  // namespace omnistream::actors
