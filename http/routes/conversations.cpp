#include "http/contract/tables/conversations.hpp"

#include <memory>
#include <utility>

#include "http/api/all_routes.hpp"
#include "http/api/contact_signals.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Conversations";
constexpr const char* view = "conversations.view";
constexpr const char* manage = "conversations.manage";

const failure ended{409, "conversation_ended", "It is resolved or expired; open it first."};

// -- reading

void list(const exchange_ptr& on) {
  const auto query = on->query<conversations_query>();
  if (!query) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  const auto agent = query->assigned == "me" ? std::optional(caller) : query->assigned_agent_id;
  api::read(on, "conversation", sql::conversations_list, caller, sees_all, query->status,
            query->channel, agent, query->assigned == "none", query->division_id, query->tag,
            query->contact_id, query->page, query->per_page);
}

void get(const exchange_ptr& on) {
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::conversation_get, caller, sees_all, on->path_id());
}

// -- changing

void assign(const exchange_ptr& on) {
  if (const auto wanted = on->body<conversation_assign>())
    api::command_conversation(on, actors::assign_conversation{*wanted->agent_id});
}

void set_status(const exchange_ptr& on) {
  if (const auto wanted = on->body<conversation_set_status>())
    api::command_conversation(
        on, actors::set_conversation_status{*actors::parse_conversation_status(wanted->status)});
}

void set_tags(const exchange_ptr& on) {
  if (auto wanted = on->body<conversation_tags>())
    api::command_conversation(
        on, actors::tag_conversation{actors::tag_conversation::how::set, std::move(wanted->tags)});
}

/// The contact is told when it is done, if at all.
void mark_read(const exchange_ptr& on, const std::shared_ptr<api::contact_signals>& contacts) {
  auto& with = on->with();
  const auto by = api::conversation_caller_of(on);
  with.engine.command_conversation(
      on->caller().tenant_id, on->path_id(), {by, actors::read_conversation{}},
      std::make_shared<actors::reply>([on, by, contacts](result<actors::answer> what) {
        if (what) contacts->show_read(on->with(), on->caller().tenant_id, by, on->path_id());
        on->finish(std::move(what));
      }));
}

void take_over(const exchange_ptr& on) {
  api::command_conversation(on, actors::take_over_conversation{});
}

// -- declarations

void add_reading(api::route_table& routes) {
  routes.add(
      {.id = "conversations_list",
       .method = "GET",
       .path = "/api/conversations",
       .tag = tag_name,
       .summary = "List conversations",
       .description =
           "Those in the inbox, the newest message first: a contact wrote, or an agent took it up. "
           "What only a broadcast opened is not among them. Without conversations.view_all: those "
           "assigned to the caller, and unassigned ones without a division or in a division of the "
           "caller. Only the newest 5,000 that fit can be listed and count into total; a filter "
           "reaches further.",
       .permission = view,
       .query = table_for(static_cast<const conversations_query*>(nullptr)).shape(),
       .successes = {{.doc = "One page of conversations.", .body = page_of(conversation_shape())}}},
      list);
  routes.add({.id = "conversations_get",
              .method = "GET",
              .path = "/api/conversations/{id}",
              .tag = tag_name,
              .summary = "Get a single conversation",
              .description = "Also one that only a broadcast opened. One that the caller may not "
                             "see does not exist for the caller, here and everywhere.",
              .permission = view,
              .successes = {{.doc = "The conversation.", .body = conversation_shape()}}},
             get);
}

void add_changing(api::route_table& routes) {
  routes.add({.id = "conversations_assign",
              .method = "PATCH",
              .path = "/api/conversations/{id}/assign",
              .tag = tag_name,
              .summary = "Assign or unassign an agent",
              .description = "Its division stays. One that has ended can be unassigned only.",
              .permission = manage,
              .body = table_for(static_cast<const conversation_assign*>(nullptr)).shape(),
              .successes = {{.doc = "The changed conversation.", .body = conversation_shape()}},
              .failures = {ended}},
             assign);
  routes.add({.id = "conversations_status",
              .method = "PATCH",
              .path = "/api/conversations/{id}/status",
              .tag = tag_name,
              .summary = "Update conversation status",
              .description = "What has ended can be opened, not made pending.",
              .permission = manage,
              .body = table_for(static_cast<const conversation_set_status*>(nullptr)).shape(),
              .successes = {{.doc = "The changed conversation.", .body = conversation_shape()}},
              .failures = {ended}},
             set_status);
  routes.add({.id = "conversations_read",
              .method = "POST",
              .path = "/api/conversations/{id}/read",
              .tag = tag_name,
              .summary = "Mark conversation as read",
              .description = "The contact is told on WhatsApp, Messenger and Instagram if "
                             "`conversations.show_read` is on.",
              .permission = manage,
              .successes = {{.doc = "The conversation, with nothing unread.",
                             .body = conversation_shape()}}},
             [contacts = std::make_shared<api::contact_signals>()](const exchange_ptr& on) {
               mark_read(on, contacts);
             });
  routes.add({.id = "conversations_tags",
              .method = "PATCH",
              .path = "/api/conversations/{id}/tags",
              .tag = tag_name,
              .summary = "Update conversation tags",
              .permission = manage,
              .body = table_for(static_cast<const conversation_tags*>(nullptr)).shape(),
              .successes = {{.doc = "The changed conversation.", .body = conversation_shape()}}},
             set_tags);
  routes.add({.id = "conversations_takeover",
              .method = "POST",
              .path = "/api/conversations/{id}/takeover",
              .tag = tag_name,
              .summary = "Takeover a conversation",
              .description = "Assigns it to the caller, whoever had it.",
              .permission = manage,
              .successes = {{.doc = "The changed conversation.", .body = conversation_shape()}},
              .failures = {ended}},
             take_over);
}

}  // namespace

void conversations(api::route_table& routes) {
  routes.describe({tag_name, "The inbox: what contacts write, and who answers it."});
  add_reading(routes);
  add_changing(routes);
}

}  // namespace omnistream::http::routes
