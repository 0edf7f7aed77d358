#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/conversations.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

void tell(const exchange_ptr& on) {
  const auto said = on->body<conversation_typing>();
  if (!said) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", storage::queries::conversation_typing, caller, sees_all,
            on->path_id(), said->is_typing);
}

}  // namespace

void typing(api::route_table& routes) {
  routes.add({.id = "conversations_typing",
              .method = "POST",
              .path = "/api/conversations/{id}/typing",
              .tag = "Conversations",
              .summary = "Tell that the caller is typing",
              .description = "Agents who look are told live, by `conversation.typing`; the contact "
                             "is not. Say it again every few seconds while it goes on.",
              .permission = "messages.send",
              .body = table_for(static_cast<const conversation_typing*>(nullptr)).shape(),
              .successes = {{.doc = "It is told.", .body = message_shape()}}},
             tell);
}

}  // namespace omnistream::http::routes
