#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/dispatch/message_sender.hpp"
#include "actors/ingest/messaging_payload.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// Ordered by rank, except that `failed` counts only over nothing or `sent`.
enum class message_status : std::uint8_t { sent, delivered, read, failed };
std::string_view to_string(message_status status);
/// As the database numbers it: see recipient_status_name.
int status_number(message_status status);

/// One entry of `statuses`.
struct status_update {
  std::string wamid;
  std::optional<recipient_key>
      recipient;  ///< from biz_opaque_callback_data; nothing if it is no recipient's id
  std::optional<uuid> message;  ///< any other id there: of a message of a conversation
  message_status status = message_status::sent;
  timestamp at{};            ///< Meta's time, whole seconds
  std::string recipient_id;  ///< the person's WhatsApp id, or user id where the number is hidden
  std::string phone_number_id;
  graph_error error;  ///< of a failed message: the first of `errors`
};

/// One entry of `messages`: somebody wrote to us.
struct inbound_message {
  std::string phone_number_id;  ///< our number it came to
  std::string from;             ///< the person's WhatsApp id, or user id where the number is hidden
  std::string user_id;          ///< Meta's user id of the person; empty where it is not told
  std::string profile_name;     ///< may be empty
  std::string wamid;
  timestamp at{};
  std::string type;          ///< text, image, reaction, button, ...; `unknown` if Meta names none
  std::string message_json;  ///< the whole entry
  std::string answered;      ///< the message that it answers; empty: none
};

/// An entry of `messages` of type `edit` or `revoke`: its author changed a message, or took it
/// back.
struct message_change {
  std::string phone_number_id;  ///< our number it came to
  std::string from;             ///< as of inbound_message
  std::string wamid;            ///< of the message that is changed
  timestamp at{};
  std::string part;        ///< of its content, named as its type; empty: it was taken back
  std::string value_json;  ///< what stands there now
};

/// `message_template_status_update`.
struct template_update {
  std::string waba_id;
  std::string template_id;  ///< decimal digits
  std::string name;
  std::string language;
  std::string event;   ///< APPROVED, REJECTED, PAUSED, DISABLED, ...
  std::string reason;  ///< empty if none
};

/// News of the account that are kept as they came: `phone_number_quality_update`, `account_update`,
/// `account_alerts`, `business_capability_update`, `message_template_quality_update`,
/// `user_preferences`, ...
struct account_update {
  std::string waba_id;
  std::string field;
  std::string value_json;
};

/// What one POST of Meta brought, in its order.
struct webhook_batch {
  std::vector<status_update> statuses;
  std::vector<inbound_message> messages;
  std::vector<message_change> changes;
  std::vector<template_update> templates;
  std::vector<account_update> accounts;
  std::vector<messaging_event> messaging;  ///< of Messenger and Instagram
  /// What we do not use: field (`flows`), `messages.<part>`, `status.<name>` or the frame's object
  /// -> how often.
  std::map<std::string, std::size_t> ignored;
  std::size_t malformed = 0;  ///< entries skipped because a needed part is missing or of wrong type
  std::vector<std::string> faults;  ///< of the first of them: what is wrong with it
  bool readable =
      true;  ///< false: not JSON, nested too deep or no webhook; what stood before is kept
};

inline constexpr std::size_t faults_told_max = 10;
inline constexpr std::size_t ignored_names_max = 64;       ///< further names are counted as `other`
inline constexpr std::size_t ignored_name_bytes_max = 64;  ///< longer ones too

/// Reads Meta's webhook JSON. Never throws on any input: unknown fields are fine, entries of wrong
/// type are skipped and counted. All texts are valid UTF-8 without NUL, all `..._json` valid JSON
/// that PostgreSQL takes as jsonb.
webhook_batch parse_webhook(std::string_view json);

/// All statuses of one message in a batch, folded into one.
struct folded_status {
  std::optional<recipient_key> recipient;
  std::optional<uuid> message;
  std::string wamid;
  std::string recipient_id;
  std::string phone_number_id;
  message_status status = message_status::sent;  ///< the highest; failed only over nothing or sent
  std::optional<timestamp> sent_at, delivered_at, read_at, failed_at;  ///< the earliest of each
  graph_error error;  ///< of the earliest failure, only when `status` is failed
};
struct folded_statuses {
  std::vector<folded_status> entries;  ///< each message once, in order of first appearance
  std::size_t duplicates = 0;  ///< updates that repeated a status already seen for their message
};

/// One entry per recipient of ours, else per wamid. What an entry says does not depend on the order
/// of the updates nor on repetitions; where a recipient has several messages, ids are those of the
/// highest, then latest one.
folded_statuses fold_statuses(const std::vector<status_update>& updates);

}  // namespace omnistream::actors
