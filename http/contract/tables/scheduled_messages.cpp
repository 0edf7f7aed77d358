#include "http/contract/tables/scheduled_messages.hpp"

#include <chrono>

#include "config/base/time.hpp"
#include "http/contract/paging.hpp"

namespace omnistream::http::contract {
namespace {

const std::vector<std::string> statuses{"scheduled", "sent", "failed", "cancelled"};

/// Seen from the server's start, so that an example can be copied at any time.
std::string days_from_now(int days) {
  return format_rfc3339(std::chrono::floor<std::chrono::days>(system_now()) +
                        std::chrono::days{days} + std::chrono::hours{1});
}

}  // namespace

const table<message_schedule>& table_for(const message_schedule*) {
  static const table<message_schedule> fields(
      "MessageSchedule", "A message, and when it is to be sent.",
      {field("send_at", &message_schedule::send_at)
           .doc("In the future, within 365 days.")
           .example(days_from_now(30)),
       field("message", &message_schedule::message)
           .doc("As for a message that is sent at once.")
           .example({{"type", "text"}, {"text", {{"body", "Good morning!"}}}})});
  return fields;
}

const table<scheduled_messages_query>& table_for(const scheduled_messages_query*) {
  static const table<scheduled_messages_query> fields(
      "ScheduledMessagesQuery", "",
      {field("page", &scheduled_messages_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &scheduled_messages_query::per_page).range(1, 100).defaults_to(20),
       field("status", &scheduled_messages_query::status).one_of(statuses)});
  return fields;
}

shape_ptr scheduled_message_shape() {
  static const auto declared = make_shape(
      "ScheduledMessage", "A message that is sent later.",
      {uuid_text("id"), uuid_text("conversation_id"),
       text("type").doc("Of the message.").example("text"),
       enumeration("status", statuses)
           .doc("sent: the conversation took it; what became of it then says message_id's own "
                "status. failed: it could not be sent at its time."),
       date_time("send_at"), uuid_text("message_id").optional().doc("The message it became."),
       text("error_code")
           .optional()
           .doc("Why it failed, as sending it would have been refused.")
           .example("service_window_closed"),
       text("error_message").optional(), uuid_text("created_by"),
       text("created_by_name").optional().example("Siti"), uuid_text("cancelled_by").optional(),
       date_time("created_at"), date_time("updated_at"),
       free_object("message")
           .doc("As it was asked for.")
           .example({{"type", "text"}, {"text", {{"body", "Good morning!"}}}})});
  return declared;
}

}  // namespace omnistream::http::contract
