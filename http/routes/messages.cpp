#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/conversations.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Messages";

void list(const exchange_ptr& on) {
  const auto query = on->query<messages_query>();
  if (!query) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::conversation_messages, caller, sees_all, on->path_id(),
            query->order == "oldest", query->page, query->per_page);
}

}  // namespace

void messages(api::route_table& routes) {
  routes.describe({tag_name, "What is written in conversations."});
  routes.add({.id = "messages_list",
              .method = "GET",
              .path = "/api/conversations/{id}/messages",
              .tag = tag_name,
              .summary = "List messages in a conversation",
              .description = "What the contact wrote. Broadcasts are not among them: each campaign "
                             "lists its recipients.",
              .permission = "conversations.view",
              .query = table_for(static_cast<const messages_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of messages.",
                             .body = page_of(conversation_message_shape())}}},
             list);
}

}  // namespace omnistream::http::routes
