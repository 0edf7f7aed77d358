#include "actors/conversation/outgoing_channel.hpp"

#include <utility>

#include "actors/dispatch/sending_account.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

/// Meta knows no such message to people, or none that is still there.
std::optional<problem> refuse_target(const char* field, std::string_view type) {
  if (type != "reaction" && type != "system" && type != "deleted") return std::nullopt;
  return problems::invalid_field(
      field, "no_target",
      "A message of type " + std::string(type) + " can be neither answered nor reacted to.");
}

}  // namespace

const outgoing_channel* outgoing_channel_of(std::string_view channel) {
  const auto named = parse_channel(channel);
  if (!named) return nullptr;
  switch (*named) {
    case channel_kind::whatsapp:
      return &whatsapp_channel();
    case channel_kind::messenger:
      return &messenger_channel();
    case channel_kind::instagram:
      return &instagram_channel();
    case channel_kind::email:
      return &email_channel();
  }
  return nullptr;
}

result<std::optional<std::string>> replied_to(storage::session& in, const uuid& conversation,
                                              const message_draft& what) {
  if (!what.reply_to) return std::optional<std::string>();
  const auto row = in.execute(storage::queries::message_reply_target, *what.reply_to, conversation);
  if (row.empty()) return not_found_in("reply_to", "message in this conversation");
  if (row.is_null(0, 0))
    return problems::invalid_field("reply_to", "not_sent", "Meta has not taken that message yet.");
  if (auto why = refuse_target("reply_to", row.text(0, 1))) return *why;
  return row.optional_text(0, 0);
}

std::optional<problem> refuse_reaction_target(storage::session& in,
                                              const conversation_for_sending& where,
                                              const message_draft& what) {
  if (what.type != "reaction") return std::nullopt;
  const auto& to = what.object.at("message_id").get_ref<const std::string&>();
  const auto known =
      in.execute(storage::queries::message_of_conversation, where.tenant_id, where.id, to);
  if (known.empty()) return not_found_in("reaction.message_id", "message in this conversation");
  return refuse_target("reaction.message_id", known.text(0, 0));
}

problem not_found_in(const char* field, const char* what) {
  return problems::invalid_field(field, "not_found", std::string("There is no such ") + what + ".");
}

problem not_on_channel(std::string field, std::string detail) {
  return problems::invalid_field(std::move(field), "not_on_channel", std::move(detail));
}

}  // namespace omnistream::actors
