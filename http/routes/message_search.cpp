#include "http/contract/tables/message_search.hpp"

#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

void search(const exchange_ptr& on) {
  const auto query = on->query<message_search>();
  if (!query) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "message", sql::messages_search, caller, sees_all, query->q, query->conversation_id,
            query->channel, query->direction, query->from, query->to, query->page, query->per_page);
}

}  // namespace

void message_search(api::route_table& routes) {
  routes.add({.id = "messages_search",
              .method = "GET",
              .path = "/api/messages/search",
              .tag = "Messages",
              .summary = "Search messages across conversations",
              .description =
                  "In the conversations the caller sees: texts, captions, titles of buttons. The "
                  "best fit comes first, of equals the newest. Of the latest 5,000 messages with "
                  "these words, those the caller sees are ranked, at most 1,000; a filter by time "
                  "or direction reaches further. With conversation_id, that conversation's newest "
                  "5,000 messages are searched.",
              .permission = "conversations.view",
              .query = table_for(static_cast<const contract::message_search*>(nullptr)).shape(),
              .successes = {{.doc = "One page of messages.", .body = found_messages_shape()}}},
             search);
}

}  // namespace omnistream::http::routes
