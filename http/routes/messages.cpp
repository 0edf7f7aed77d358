#include <vector>

#include "http/api/all_routes.hpp"
#include "http/api/idempotency.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/conversations.hpp"
#include "http/contract/tables/outgoing_messages.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Messages";

void get(const exchange_ptr& on) {
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "message", sql::conversation_message, caller, sees_all, on->path_id(),
            on->path_id("message_id"));
}

void list(const exchange_ptr& on) {
  const auto query = on->query<messages_query>();
  if (!query) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::conversation_messages, caller, sees_all, on->path_id(),
            query->order == "oldest", query->page, query->per_page);
}

void send(const exchange_ptr& on) {
  const auto wanted = on->body<outgoing_message>();
  if (!wanted) return;
  auto key = api::idempotency_key(on);
  if (!key) return;
  on->with().engine.send_message(
      on->caller().tenant_id, on->path_id(),
      {draft_of(*wanted), {api::conversation_caller_of(on), *std::move(key)}}, on->reply());
}

std::vector<failure> failures_of_sending() {
  auto all = not_sendable();
  all.push_back(
      {422, "idempotency_key_reused", "The Idempotency-Key came with another message before."});
  return all;
}

}  // namespace

void messages(api::route_table& routes) {
  routes.describe({tag_name, "What is written in conversations."});
  routes.add({.id = "messages_get",
              .method = "GET",
              .path = "/api/conversations/{id}/messages/{message_id}",
              .tag = tag_name,
              .summary = "Get a message",
              .description = "Whole, where lists leave out the content of long ones.",
              .permission = "conversations.view",
              .successes = {{.doc = "The message.", .body = conversation_message_shape()}}},
             get);
  routes.add(
      {.id = "messages_list",
       .method = "GET",
       .path = "/api/conversations/{id}/messages",
       .tag = tag_name,
       .summary = "List messages in a conversation",
       .description = "What the contact and agents wrote, and the broadcasts of the latest 1,000 "
                      "campaigns of the account to the number that the contact has: those have a "
                      "campaign_id.",
       .permission = "conversations.view",
       .query = table_for(static_cast<const messages_query*>(nullptr)).shape(),
       .successes = {{.doc = "One page of messages.",
                      .body = page_of(conversation_message_shape())}}},
      list);
  routes.add(
      {.id = "messages_send",
       .method = "POST",
       .path = "/api/conversations/{id}/messages",
       .tag = tag_name,
       .summary = "Send an outbound message",
       .description =
           "Answered when the message is taken; it is sent before all broadcasts, after what was "
           "taken before it in the conversation, and its status tells what became of it. With an "
           "`Idempotency-Key` header of the caller's choice (at most 255 characters) the same call "
           "can be made again: it gives the same message and sends nothing. The conversation keeps "
           "its agent and its status.",
       .permission = "messages.send",
       .body = table_for(static_cast<const outgoing_message*>(nullptr)).shape(),
       .header_parameters = {idempotency_key_parameter()},
       .successes = {{.status = 202,
                      .doc = "The message, pending.",
                      .body = conversation_message_shape()},
                     {.status = 200,
                      .doc = "The message that was taken with the same Idempotency-Key before.",
                      .body = conversation_message_shape()}},
       .failures = failures_of_sending(),
       .body_example = nlohmann::json{{"type", "text"}, {"text", {{"body", "It is on its way."}}}}},
      send);
}

}  // namespace omnistream::http::routes
