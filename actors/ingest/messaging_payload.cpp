#include "actors/ingest/messaging_payload.hpp"

#include <utility>

#include "actors/ingest/payload_json.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;
using kind = messaging_event::kind;
using reading = std::variant<messaging_event, messaging_ignored>;

const messaging_ignored malformed{};

bool is_true(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// The first attachment decides: further ones are pictures of the same album.
std::string type_of(const json& message) {
  if (is_true(message, "is_unsupported")) return "unsupported";
  const auto list = message.find("attachments");
  if (list != message.end() && list->is_array() && !list->empty()) {
    if (!text_or_number(object_at(list->front(), "payload"), "sticker_id").empty())
      return "sticker";
    const auto named = text_or_number(list->front(), "type");
    if (named == "like_heart") return "sticker";
    return named == "file" ? "document" : named.empty() ? "unsupported" : named;
  }
  return message.contains("text") ? "text" : "unsupported";
}

reading read_message(messaging_event event, const json& element, const json& message) {
  event.external_id = text_or_number(message, "mid");
  if (!is_id(event.external_id)) return malformed;
  if (is_true(message, "is_deleted")) {
    event.what = kind::removal;
    return event;
  }
  if (is_true(message, "is_echo")) {
    event.what = kind::echo;
    event.person = text_or_number(object_at(element, "recipient"), "id");
    if (!is_id(event.person)) return malformed;
  }
  event.type = type_of(message);
  event.content_json = printed(element);
  event.answered = text_or_number(object_at(message, "reply_to"), "mid");
  if (!is_id(event.answered)) event.answered.clear();
  return event;
}

reading read_postback(messaging_event event, const json& element, const json& postback) {
  event.external_id = text_or_number(postback, "mid");
  // Those of an ice breaker or a menu may have none.
  if (event.external_id.empty())
    event.external_id = "postback." + event.person + "." +
                        std::to_string(event.at.time_since_epoch().count() / 1'000);
  if (!is_id(event.external_id)) return malformed;
  event.type = "postback";
  event.content_json = printed(element);
  return event;
}

/// A reaction has no id of its own, and the same person may change it.
reading read_reaction(messaging_event event, const json& element, const json& reaction) {
  const auto to = text_or_number(reaction, "mid");
  event.external_id = "reaction." + to + "." + event.person + "." +
                      std::to_string(event.at.time_since_epoch().count() / 1'000);
  if (to.empty() || !is_id(event.external_id)) return malformed;
  event.type = "reaction";
  event.content_json = printed(element);
  return event;
}

reading read_edit(messaging_event event, const json& edit) {
  event.what = kind::edit;
  event.external_id = text_or_number(edit, "mid");
  event.content_json = printed(text_or_number(edit, "text"));
  if (!is_id(event.external_id)) return malformed;
  return event;
}

/// The message that a receipt names: of several the last one, which stands for those before it.
std::string message_of(const json& receipt) {
  const auto list = receipt.find("mids");
  if (list != receipt.end() && list->is_array() && !list->empty() && list->back().is_string())
    return without_nul(list->back().get<std::string>());
  return text_or_number(receipt, "mid");
}

/// Messenger names the time up to which, and perhaps messages; Instagram the message that was read.
reading read_receipt(messaging_event event, kind what, const json& receipt) {
  event.what = what;
  event.external_id = message_of(receipt);
  if (event.external_id.size() > id_bytes_max) return malformed;
  if (const auto until = time_of_milliseconds(text_or_number(receipt, "watermark"))) {
    event.at = *until;
    event.by_time = true;
  }
  if (!event.by_time && event.external_id.empty()) return malformed;
  return event;
}

}  // namespace

std::optional<std::string> messaging_channel_of(std::string_view object) {
  if (object == "page") return "messenger";
  if (object == "instagram") return "instagram";
  return std::nullopt;
}

std::variant<messaging_event, messaging_ignored> read_messaging_event(const json& element) {
  if (!element.is_object()) return malformed;
  messaging_event event;
  event.person = text_or_number(object_at(element, "sender"), "id");
  const auto at = time_of_milliseconds(text_or_number(element, "timestamp"));
  if (!is_id(event.person) || !at) return malformed;
  event.at = *at;
  const auto& message = object_at(element, "message");
  if (!message.is_null()) return read_message(std::move(event), element, message);
  for (const auto& [name, value] : element.items()) {
    if (!value.is_object()) continue;
    if (name == "postback") return read_postback(std::move(event), element, value);
    if (name == "reaction") return read_reaction(std::move(event), element, value);
    if (name == "message_edit") return read_edit(std::move(event), value);
    if (name == "delivery") return read_receipt(std::move(event), kind::delivered, value);
    if (name == "read") return read_receipt(std::move(event), kind::read, value);
  }
  // Referrals, opt-ins, hand-overs and the like: named by the first member that is none of the
  // frame.
  for (const auto& [name, value] : element.items())
    if (name != "sender" && name != "recipient" && name != "timestamp")
      return messaging_ignored{without_nul(name)};
  return malformed;
}

}  // namespace omnistream::actors
