#include "http/contract/tables/scheduled_messages.hpp"

#include <chrono>

#include "actors/conversation/message_intake.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Scheduled Messages";
constexpr int scheduled_per_conversation_max = 100;
constexpr std::chrono::days ahead_max{365};

const failure too_many{409, "too_many_scheduled",
                       "100 messages of the conversation are scheduled already."};
const failure not_scheduled{409, "not_scheduled",
                            "It was sent, has failed or was cancelled already."};

std::optional<problem> refused_time(timestamp at, timestamp now) {
  if (at <= now)
    return problems::invalid_field("send_at", "in_the_past", "It must be in the future.");
  if (at > now + ahead_max)
    return problems::invalid_field("send_at", "too_far", "It must be within 365 days.");
  return std::nullopt;
}

/// Fields of the message stand under `message` here.
problem about_message(problem why) {
  for (auto& wrong : why.errors) wrong.field = "message." + wrong.field;
  return why;
}

void schedule(const exchange_ptr& on) {
  const auto wanted = on->body<message_schedule>();
  if (!wanted) return;
  const auto now = on->with().now();
  if (auto why = refused_time(wanted->send_at, now)) return on->fail(*why);
  auto job =
      [id = on->path_id(), by = api::conversation_caller_of(on), now, at = wanted->send_at,
       draft = draft_of(wanted->message),
       shown = table_for(static_cast<const outgoing_message*>(nullptr)).to_json(wanted->message)](
          storage::session& in) -> result<actors::answer> {
    if (auto why = actors::check_message(in, id, draft, by, now)) return about_message(*why);
    if (in.execute(sql::scheduled_messages_count, id).integer(0, 0) >=
        scheduled_per_conversation_max)
      return problems::conflict(too_many.code, too_many.doc);
    const auto added =
        in.execute(sql::scheduled_message_add, id, shown, actors::to_json(draft), at, by.agent_id);
    return actors::answer{201, std::string(added.text(0, 0))};
  };
  auto answer = std::make_shared<actors::reply>([&engine = on->with().engine, at = wanted->send_at,
                                                 to = on->reply()](result<actors::answer> outcome) {
    engine.message_scheduled(at);
    (*to)(std::move(outcome));
  });
  api::transact(on, storage::access::tenant(on->caller().tenant_id), std::move(job),
                std::move(answer));
}

void list(const exchange_ptr& on) {
  const auto query = on->query<scheduled_messages_query>();
  if (!query) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::scheduled_messages_list, caller, sees_all, on->path_id(),
            query->status, query->page, query->per_page);
}

void cancel(const exchange_ptr& on) {
  api::transact(on,
                [id = on->path_id(), by = api::conversation_caller_of(on)](
                    storage::session& in) -> result<actors::answer> {
                  const auto status =
                      in.execute(sql::scheduled_message_lock, by.agent_id, by.sees_all, id);
                  if (status.empty()) return problems::not_found("scheduled message");
                  if (status.text(0, 0) != "scheduled")
                    return problems::wrong_state(not_scheduled.code, not_scheduled.doc);
                  const auto cancelled = in.execute(sql::scheduled_message_cancel, id, by.agent_id);
                  return actors::answer{200, std::string(cancelled.text(0, 0))};
                });
}

}  // namespace

void scheduled_messages(api::route_table& routes) {
  routes.describe({tag_name, "What agents write now and is sent later."});
  auto refusals = not_sendable();
  refusals.push_back(too_many);
  routes.add(
      {.id = "scheduled_messages_create",
       .method = "POST",
       .path = "/api/conversations/{id}/schedule",
       .tag = tag_name,
       .summary = "Schedule a message for future delivery",
       .description =
           "Taken if the message could be sent now. At its time it is sent as if an agent did it "
           "then; what cannot be sent then fails and says why. So schedule a template where the "
           "contact may not have written for 24 hours by then. Once, also if the server was down "
           "at that time: then as soon as it is up. At most 100 of a conversation wait.",
       .permission = "messages.send",
       .body = table_for(static_cast<const message_schedule*>(nullptr)).shape(),
       .successes = {{.status = 201, .doc = "It waits.", .body = scheduled_message_shape()}},
       .failures = std::move(refusals)},
      schedule);
  routes.add({.id = "scheduled_messages_list",
              .method = "GET",
              .path = "/api/conversations/{id}/scheduled",
              .tag = tag_name,
              .summary = "List scheduled messages for a conversation",
              .description = "Also those that were sent, failed or were cancelled; the latest "
                             "send_at first.",
              .permission = "conversations.view",
              .query = table_for(static_cast<const scheduled_messages_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of scheduled messages.",
                             .body = page_of(scheduled_message_shape())}}},
             list);
  routes.add({.id = "scheduled_messages_cancel",
              .method = "DELETE",
              .path = "/api/scheduled-messages/{id}",
              .tag = tag_name,
              .summary = "Cancel a scheduled message",
              .description = "Whoever sees its conversation may do it.",
              .permission = "messages.send",
              .successes = {{.doc = "It is cancelled.", .body = scheduled_message_shape()}},
              .failures = {not_scheduled}},
             cancel);
}

}  // namespace omnistream::http::routes
