#include "http/contract/tables/chat_expiration.hpp"

#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Chat Expiration";
/// Each tells its subscribers in the same transaction, so that a call stays short.
constexpr int conversations_per_call_max = 1'000;

void list(const exchange_ptr& on) {
  api::read(on, "rule", sql::chat_expiration_list);
}

void set(const exchange_ptr& on) {
  if (const auto wanted = on->body<chat_expiration_set>())
    api::read(on, "rule", sql::chat_expiration_upsert, on->path_text("channel"), wanted->is_enabled,
              wanted->expire_after_minutes, on->caller().agent_id);
}

void expire(const exchange_ptr& on) {
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::conversations_expire_seen, caller, sees_all,
            conversations_per_call_max);
}

}  // namespace

void chat_expiration(api::route_table& routes) {
  routes.describe({tag_name, "After how long without anything new conversations end."});
  routes.add(
      {.id = "chat_expiration_list",
       .method = "GET",
       .path = "/api/chat-expiration",
       .tag = tag_name,
       .summary = "List chat expiration rules",
       .description = "One of each channel, by its name. A rule that nobody has set is off.",
       .permission = "conversations.view",
       .successes = {{.doc = "The rules.", .body = chat_expiration_shape(), .is_array = true}}},
      list);
  routes.add({.id = "chat_expiration_upsert",
              .method = "PUT",
              .path = "/api/chat-expiration/{channel}",
              .tag = tag_name,
              .summary = "Upsert a chat expiration rule for a channel",
              .description = "It counts for conversations that are idle already as well.",
              .permission = "settings.manage",
              .body = table_for(static_cast<const chat_expiration_set*>(nullptr)).shape(),
              .path_parameters = {channel_parameter()},
              .successes = {{.doc = "The rule.", .body = chat_expiration_shape()}}},
             set);
  routes.add({.id = "conversations_expire",
              .method = "POST",
              .path = "/api/conversations/expire",
              .tag = "Conversations",
              .summary = "Expire stale conversations",
              .description =
                  "Does at once what the rules of chat expiration do from time to time by "
                  "themselves, with the conversations the caller sees, at most 1,000 in a call. "
                  "Whoever writes opens one again.",
              .permission = "conversations.manage",
              .successes = {{.doc = "How many expired.", .body = conversations_expired_shape()}}},
             expire);
}

}  // namespace omnistream::http::routes
