#include "http/contract/tables/chat_expiration.hpp"

#include "http/contract/tables/campaigns.hpp"

namespace omnistream::http::contract {
namespace {

constexpr double expire_after_minutes_min = 5;
constexpr double expire_after_minutes_max = 525'600;  // a year

const std::vector<std::string> channels{"email", "instagram", "messenger", "whatsapp"};

constexpr const char* enabled_doc = "Whether conversations of the channel expire.";
constexpr const char* minutes_doc =
    "An open or pending conversation expires when for so long nobody wrote and no agent changed "
    "anything in it.";

}  // namespace

const table<chat_expiration_set>& table_for(const chat_expiration_set*) {
  static const table<chat_expiration_set> fields(
      "ChatExpirationSet", "The rule from now on.",
      {field("is_enabled", &chat_expiration_set::is_enabled).doc(enabled_doc).example(true),
       field("expire_after_minutes", &chat_expiration_set::expire_after_minutes)
           .range(expire_after_minutes_min, expire_after_minutes_max)
           .doc(minutes_doc)
           .example(1'440)});
  return fields;
}

field_spec channel_parameter() {
  return enumeration("channel", channels).spec();
}

shape_ptr chat_expiration_shape() {
  static const auto declared = make_shape(
      "ChatExpirationRule", "When the conversations of a channel expire.",
      {enumeration("channel", channels), boolean("is_enabled").doc(enabled_doc),
       integer("expire_after_minutes").doc(minutes_doc).example(1'440),
       uuid_text("updated_by").optional().doc("The agent who set it; absent: nobody did."),
       date_time("updated_at").optional()});
  return declared;
}

shape_ptr conversations_expired_shape() {
  static const auto declared =
      extend(message_shape(), "ConversationsExpired", "What was ended.",
             {integer("expired").doc("How many conversations.").example(12),
              boolean("more").doc("Whether there may be others: call again.").example(false)});
  return declared;
}

}  // namespace omnistream::http::contract
