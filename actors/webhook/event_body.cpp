#include "actors/webhook/event_body.hpp"

#include <array>

#include "actors/json_text.hpp"
#include "config/base/crypto.hpp"

namespace omnistream::actors {
namespace {

void append_number(std::uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

}  // namespace

std::string event_body(std::string_view type, timestamp at, std::string_view data) {
  std::string body;
  body.reserve(data.size() + 128);
  body += R"({"type":")";
  append_json_escaped(type, body);
  body += R"(","timestamp":")";
  body += format_rfc3339(at);
  body += R"(","data":)";
  body += data;
  body += '}';
  return body;
}

std::string batch_body(const uuid& webhook, const std::vector<outbox_event>& events) {
  std::string data = R"({"events":[)";
  for (const auto& event : events) {
    if (&event != &events.front()) data += ',';
    // The event's body with one member more.
    data += R"({"id":")" + delivery_id_of(webhook, event.id, event.id, 1).to_string() + R"(",)";
    data.append(*event.body, 1);
  }
  data += "]}";
  return event_body(batch_type, events.front().at, data);
}

delivery make_delivery(const uuid& webhook, const std::vector<outbox_event>& events, bool batches) {
  delivery made;
  const auto& first = events.front();
  made.event_count = static_cast<int>(events.size());
  made.id = delivery_id_of(webhook, first.id, events.back().id, made.event_count);
  if (batches) {
    made.type = batch_type;
    made.body = std::make_shared<const std::string>(batch_body(webhook, events));
  } else {
    made.type = first.type;
    made.body = first.body;
    made.event = delivery::event_ref{first.id, first.at};
  }
  return made;
}

uuid delivery_id_of(const uuid& webhook, std::int64_t first, std::int64_t last, int count) {
  std::string named(webhook.bytes().begin(), webhook.bytes().end());
  append_number(static_cast<std::uint64_t>(first), named);
  append_number(static_cast<std::uint64_t>(last), named);
  append_number(static_cast<std::uint64_t>(count), named);
  const auto digest = crypto::sha256(named);
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(digest[i]);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x80);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return uuid{bytes};
}

}  // namespace omnistream::actors
