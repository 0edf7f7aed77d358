#include "actors/conversation/message_intake.hpp"

#include <utility>

#include "actors/conversation/message_rules.hpp"
#include "actors/conversation/message_template.hpp"
#include "config/base/crypto.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using nlohmann::json;
using storage::session;

/// A locked conversation.
struct conversation_for_sending {
  uuid id, tenant_id;
  message_surroundings around;
  std::string waba_id;
};

std::optional<conversation_for_sending> lock(session& in, const uuid& id,
                                             const conversation_caller& by) {
  enum {
    tenant,
    channel,
    last_inbound_at,
    phone_number,
    user_id,
    account,
    active,
    pause_reason,
    waba,
    waiting
  };
  const auto row = in.execute(sql::message_surroundings, by.agent_id, by.sees_all, id);
  if (row.empty()) return std::nullopt;
  conversation_for_sending found{id, row.id(0, tenant), {}, std::string(row.text(0, waba))};
  auto& around = found.around;
  around.channel = row.text(0, channel);
  around.last_inbound_at = row.optional_time(0, last_inbound_at);
  around.contact = {row.optional_text(0, phone_number), row.optional_text(0, user_id)};
  around.has_account = !row.is_null(0, account);
  around.account_active = around.has_account && row.boolean(0, active);
  around.account_paused = row.optional_text(0, pause_reason);
  around.waiting = static_cast<int>(row.integer(0, waiting));
  return found;
}

problem not_found_in(const char* field, const char* what) {
  return problems::invalid_field(field, "not_found", std::string("There is no such ") + what + ".");
}

result<filled_template> filled(session& in, const conversation_for_sending& where,
                               const message_draft& what) {
  const auto& wanted = *what.from_template;
  const char* field = wanted.id ? "template.template_id" : "template.name";
  const auto row = in.execute(sql::message_template, where.tenant_id, where.waba_id, wanted.id,
                              wanted.name, wanted.language);
  if (row.empty())
    return not_found_in(field, "template of the account that the conversation is held through");
  if (row.text(0, 2) != "APPROVED")
    return problems::invalid_field(field, "template_not_approved",
                                   "The template is " + std::string(row.text(0, 2)) +
                                       " at Meta; only an approved one can be sent.");
  return fill_template({std::string(row.text(0, 0)), std::string(row.text(0, 1)),
                        std::string(row.text(0, 3)), std::string(row.text(0, 4))},
                       what.object);
}

/// Meta's id of the message that is replied to, if one is.
result<std::optional<std::string>> replied_to(session& in, const uuid& conversation,
                                              const message_draft& what) {
  if (!what.reply_to) return std::optional<std::string>();
  const auto row = in.execute(sql::message_reply_target, *what.reply_to, conversation);
  if (row.empty()) return not_found_in("reply_to", "message in this conversation");
  if (row.is_null(0, 0))
    return problems::invalid_field("reply_to", "not_sent", "Meta has not taken that message yet.");
  return row.optional_text(0, 0);
}

/// What is kept of the message, or what in it does not fit the conversation.
result<json> fitted(session& in, const conversation_for_sending& where, const message_draft& what) {
  const auto context = replied_to(in, where.id, what);
  if (!context) return context.error();
  if (what.type == "reaction") {
    const auto& to = what.object.at("message_id").get_ref<const std::string&>();
    if (!in.execute(sql::message_of_conversation, where.tenant_id, where.id, to).boolean(0, 0))
      return not_found_in("reaction.message_id", "message in this conversation");
  }
  if (!what.from_template) return content_of(what.type, what.object, *context);
  auto made = filled(in, where, what);
  if (!made) return made.error();
  auto content = content_of(what.type, std::move(made->object), *context);
  if (!made->text.empty()) content["rendered"] = {{"body", made->text}};
  return content;
}

/// The message that came with this key before; nothing if none did. 422 if that was another one.
result<std::optional<uuid>> known(session& in, const uuid& tenant, const std::string& key,
                                  const std::string& hash) {
  const auto row = in.execute(sql::message_of_key, tenant, key);
  if (row.empty()) return std::optional<uuid>();
  if (row.text(0, 1) != hash) return idempotency_key_reused();
  return row.optional_id(0, 0);
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
  const auto where = lock(in, conversation, from.by);
  if (!where) return problems::not_found("conversation");
  std::optional<std::string> hash;
  if (from.idempotency_key) {
    hash = crypto::sha256_hex(conversation.to_string() + to_json(what));
    const auto before = known(in, where->tenant_id, *from.idempotency_key, *hash);
    if (!before) return before.error();
    if (*before) return taken_message{**before, true};
  }
  if (auto why = refuse_message(where->around, what.type, now)) return *why;
  const auto content = fitted(in, *where, what);
  if (!content) return content.error();
  const auto taken = in.execute(sql::message_take, conversation, what.type, content->dump(), now,
                                from.by.agent_id, what.reply_to, from.idempotency_key, hash);
  return taken_message{taken.id(0, 0), false};
}

std::optional<problem> check_message(session& in, const uuid& conversation,
                                     const message_draft& what, const conversation_caller& by,
                                     timestamp now) {
  const auto where = lock(in, conversation, by);
  if (!where) return problems::not_found("conversation");
  if (auto why = refuse_message(where->around, what.type, now)) return why;
  const auto content = fitted(in, *where, what);
  if (!content) return content.error();
  return std::nullopt;
}

}  // namespace omnistream::actors
