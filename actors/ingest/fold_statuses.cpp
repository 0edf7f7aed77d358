#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>

#include "actors/ingest/webhook_payload.hpp"

namespace omnistream::actors {
namespace {

/// A failure outranks `sent` only: a message that was delivered did not fail.
int rank(message_status status) {
  switch (status) {
    case message_status::sent:
      return 1;
    case message_status::failed:
      return 2;
    case message_status::delivered:
      return 3;
    case message_status::read:
      return 4;
  }
  return 0;
}

bool outranks(const status_update& a, const status_update& b) {
  return std::tuple(rank(a.status), a.at, std::tie(a.wamid, a.recipient_id, a.phone_number_id)) >
         std::tuple(rank(b.status), b.at, std::tie(b.wamid, b.recipient_id, b.phone_number_id));
}

/// The earlier failure; of two at the same second any, but always the same one.
bool is_earlier(const status_update& a, const status_update& b) {
  const auto order = [](const status_update& update) {
    return std::tie(update.at, update.error.code, update.error.subcode, update.error.message,
                    update.error.details);
  };
  return order(a) < order(b);
}

/// What a batch says about one message: the leading update and, by status, the earliest one.
struct gathered {
  const status_update* leading = nullptr;
  std::array<const status_update*, 4> first{};
};

folded_status folded(const gathered& all) {
  const auto time_of = [&](message_status status) -> std::optional<timestamp> {
    const auto* update = all.first[static_cast<std::size_t>(status)];
    if (update == nullptr) return std::nullopt;
    return update->at;
  };
  const auto& leading = *all.leading;
  folded_status entry;
  entry.recipient = leading.recipient;
  entry.message = leading.message;
  entry.wamid = leading.wamid;
  entry.recipient_id = leading.recipient_id;
  entry.phone_number_id = leading.phone_number_id;
  entry.status = leading.status;
  entry.sent_at = time_of(message_status::sent);
  entry.delivered_at = time_of(message_status::delivered);
  entry.read_at = time_of(message_status::read);
  entry.failed_at = time_of(message_status::failed);
  if (leading.status == message_status::failed)
    entry.error = all.first[static_cast<std::size_t>(message_status::failed)]->error;
  return entry;
}

struct recipient_hash {
  std::size_t operator()(const recipient_key& key) const {
    return std::hash<uuid>{}(key.campaign_id) ^ (key.seq * 0x9e3779b97f4a7c15ULL);
  }
};

}  // namespace

folded_statuses fold_statuses(const std::vector<status_update>& updates) {
  std::vector<gathered> messages;
  std::unordered_map<recipient_key, std::size_t, recipient_hash> by_recipient;
  std::unordered_map<std::string_view, std::size_t> by_wamid;
  folded_statuses result;
  messages.reserve(updates.size());
  by_recipient.reserve(updates.size());
  for (const auto& update : updates) {
    const auto index =
        update.recipient
            ? by_recipient.try_emplace(*update.recipient, messages.size()).first->second
            : by_wamid.try_emplace(update.wamid, messages.size()).first->second;
    if (index == messages.size()) messages.emplace_back();
    auto& message = messages[index];
    auto& first = message.first[static_cast<std::size_t>(update.status)];
    if (first != nullptr) ++result.duplicates;
    if (first == nullptr || is_earlier(update, *first)) first = &update;
    if (message.leading == nullptr || outranks(update, *message.leading)) message.leading = &update;
  }
  result.entries.reserve(messages.size());
  for (const auto& message : messages) result.entries.push_back(folded(message));
  return result;
}

int status_number(message_status status) {
  switch (status) {
    case message_status::sent:
      return 2;
    case message_status::delivered:
      return 3;
    case message_status::read:
      return 4;
    case message_status::failed:
      return 5;
  }
  return 2;
}

}  // namespace omnistream::actors
