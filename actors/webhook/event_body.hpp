#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {

/// The type of a delivery that is a batch.
inline constexpr std::string_view batch_type = "events.batch";
/// The type of the event that a person sends to try a subscription out.
inline constexpr std::string_view test_type = "webhook.test";

/// The body of one event: `{"type":..,"timestamp":..,"data":..}`. Data are JSON and taken as they
/// are. Those of the outbox were made by the database, by a function of this name; their times have
/// whole milliseconds.
std::string event_body(std::string_view type, timestamp at, std::string_view data);

/// The body of several: an event of type `events.batch` at the time of the first, whose data list
/// them in order. Each has an id, which it would have alone as a delivery too: after a crash they
/// may come again in other company, so under another id of the delivery. Not empty.
std::string batch_body(const uuid& webhook, const std::vector<outbox_event>& events);

/// The delivery of these events, not tried yet. A subscription that takes batches gets a batch also
/// for one event. Not empty.
delivery make_delivery(const uuid& webhook, const std::vector<outbox_event>& events, bool batches);

}  // namespace omnistream::actors
