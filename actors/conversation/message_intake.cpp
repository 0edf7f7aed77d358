#include "actors/conversation/message_intake.hpp"

#include <utility>

#include "actors/conversation/message_rules.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "config/base/crypto.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

std::optional<conversation_for_sending> lock(session& in, const uuid& id,
                                             const conversation_caller& by) {
  enum {
    tenant,
    channel,
    last_inbound_at,
    phone_number,
    user_id,
    channel_id,
    account,
    active,
    pause_reason,
    account_key,
    waba,
    waiting,
    taken
  };
  const auto row = in.execute(sql::message_surroundings, by.agent_id, by.sees_all, id);
  if (row.empty()) return std::nullopt;
  conversation_for_sending found{id,
                                 row.id(0, tenant),
                                 {},
                                 row.optional_text(0, account_key).value_or(""),
                                 row.optional_text(0, waba).value_or(""),
                                 row.integer(0, taken)};
  auto& around = found.around;
  around.channel = row.text(0, channel);
  around.last_inbound_at = row.optional_time(0, last_inbound_at);
  around.contact = {row.optional_text(0, phone_number), row.optional_text(0, user_id),
                    row.optional_text(0, channel_id)};
  around.has_account = !row.is_null(0, account);
  around.account_active = around.has_account && row.boolean(0, active);
  around.account_paused = row.optional_text(0, pause_reason);
  around.waiting = static_cast<int>(row.integer(0, waiting));
  return found;
}

/// What is kept of the message, or why it cannot be sent.
result<kept_message> fitted(session& in, const conversation_for_sending& where,
                            const message_draft& what, timestamp now) {
  if (auto why = refuse_message(where.around, what, now)) return *why;
  return outgoing_channel_of(where.around.channel)->keep(in, where, what);
}

/// The message that came with this key before; nothing if none did. 422 if that was another one.
result<std::optional<uuid>> known(session& in, const uuid& tenant, const std::string& key,
                                  const std::string& hash) {
  const auto row = in.execute(sql::message_of_key, tenant, key);
  if (row.empty()) return std::optional<uuid>();
  if (row.text(0, 1) != hash) return idempotency_key_reused();
  return row.optional_id(0, 0);
}

/// The message that the same call gave when its conversation was not yet part of another.
std::optional<uuid> taken_before_merge(session& in, const message_origin& from,
                                       const std::optional<std::string>& hash) {
  if (!hash) return std::nullopt;
  const auto row = in.execute(sql::message_of_merged, from.by.agent_id, from.by.sees_all,
                              *from.idempotency_key, *hash);
  return row.empty() ? std::nullopt : std::optional(row.id(0, 0));
}

}  // namespace

problem idempotency_key_reused() {
  return {422,
          "idempotency_key_reused",
          "This Idempotency-Key came with another message before; take a new one.",
          {},
          {}};
}

result<taken_message> take_message(session& in, const uuid& conversation, const message_draft& what,
                                   const message_origin& from, timestamp now) {
  std::optional<std::string> hash;
  if (from.idempotency_key) hash = crypto::sha256_hex(conversation.to_string() + to_json(what));
  const auto where = lock(in, conversation, from.by);
  if (!where) {
    if (const auto before = taken_before_merge(in, from, hash)) return taken_message{*before, true};
    return problems::not_found("conversation");
  }
  if (hash) {
    const auto before = known(in, where->tenant_id, *from.idempotency_key, *hash);
    if (!before) return before.error();
    if (*before) return taken_message{**before, true};
  }
  const auto kept = fitted(in, *where, what, now);
  if (!kept) return kept.error();
  const auto place = static_cast<std::uint16_t>((where->taken + 1) % (uuid::v7_place_max + 1));
  const auto taken = in.execute(sql::message_take, conversation, what.type, kept->content.dump(),
                                now, from.by.agent_id, what.reply_to, from.idempotency_key, hash,
                                kept->external_id, uuid::v7(now, place));
  return taken_message{taken.id(0, 0), false};
}

std::optional<problem> check_message(session& in, const uuid& conversation,
                                     const message_draft& what, const conversation_caller& by,
                                     timestamp now) {
  auto where = lock(in, conversation, by);
  if (!where) return problems::not_found("conversation");
  where->around.waiting = 0;
  if (const auto kept = fitted(in, *where, what, now); !kept) return kept.error();
  return std::nullopt;
}

}  // namespace omnistream::actors
