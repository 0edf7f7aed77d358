#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/conversations.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Transfers";

void transfer(const exchange_ptr& on) {
  if (auto wanted = on->body<conversation_transfer_to>())
    api::command_conversation(
        on, actors::transfer_conversation{wanted->to_agent_id, wanted->to_division_id,
                                          std::move(wanted->note)});
}

void list(const exchange_ptr& on) {
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::conversation_transfers_list, caller, sees_all, on->path_id());
}

}  // namespace

void transfers(api::route_table& routes) {
  routes.describe({tag_name, "Conversations handed from agent to agent, or to a division."});
  routes.add(
      {.id = "conversations_transfer",
       .method = "POST",
       .path = "/api/conversations/{id}/transfer",
       .tag = tag_name,
       .summary = "Transfer a conversation",
       .description = "To an agent, to a division, whose agents then see it unassigned, or to an "
                      "agent and a division. The caller may not see it afterwards.",
       .permission = "conversations.manage",
       .body = table_for(static_cast<const conversation_transfer_to*>(nullptr)).shape(),
       .successes = {{.doc = "Where it is now.", .body = conversation_transferred_shape()}},
       .failures = {{409, "conversation_ended", "It is resolved or expired; open it first."},
                    {409, "already_there", "Agent and division are those it has."}},
       .body_example =
           nlohmann::json{{"to_agent_id", contract::example_uuid}, {"note", "Asks for a refund"}}},
      transfer);
  routes.add({.id = "conversations_transfers",
              .method = "GET",
              .path = "/api/conversations/{id}/transfers",
              .tag = tag_name,
              .summary = "List transfer history for a conversation",
              .description = "The newest 50, the newest first.",
              .permission = "conversations.view",
              .successes = {{.doc = "The transfers.", .body = transfer_shape(), .is_array = true}}},
             list);
}

}  // namespace omnistream::http::routes
