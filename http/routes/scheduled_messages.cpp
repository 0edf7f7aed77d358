#include "http/contract/tables/scheduled_messages.hpp"

#include <chrono>
#include <optional>
#include <string>

#include "actors/conversation/message_intake.hpp"
#include "config/base/crypto.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/idempotency.hpp"
#include "http/api/route_table.hpp"
#include "storage/errors.hpp"
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
const failure key_reused{422, "idempotency_key_reused",
                         "The Idempotency-Key came with another message before."};
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

/// What a caller asks for.
struct wish {
  uuid conversation;
  actors::conversation_caller by;
  timestamp at;
  actors::message_draft draft;
  std::string shown;  ///< as it was asked for
  std::optional<std::string> key;
};

/// The same call came before; an inner nothing if none did. 422 if it was another one.
result<std::optional<actors::answer>> known(storage::session& in, const std::string& key,
                                            const std::string& hash) {
  const auto before = in.execute(sql::scheduled_message_of_key, key);
  if (before.empty()) return std::optional<actors::answer>();
  if (before.text(0, 1) != hash) return actors::idempotency_key_reused();
  return std::optional(actors::answer{200, std::string(before.text(0, 0))});
}

/// What the same call gave when its conversation was not yet part of another.
std::optional<actors::answer> taken_before_merge(storage::session& in,
                                                 const actors::conversation_caller& by,
                                                 const std::optional<std::string>& key,
                                                 const std::optional<std::string>& hash) {
  if (!hash) return std::nullopt;
  const auto row =
      in.execute(sql::scheduled_message_of_merged, by.agent_id, by.sees_all, *key, *hash);
  if (row.empty()) return std::nullopt;
  return actors::answer{200, std::string(row.text(0, 0))};
}

/// Locks the conversation first, so that of two calls with the same key the second finds what the
/// first one did.
result<actors::answer> take(storage::session& in, const wish& what, timestamp now) {
  const auto& [id, by, at, draft, shown, key] = what;
  std::optional<std::string> hash;
  if (key) hash = crypto::sha256_hex(id.to_string() + format_rfc3339(at) + actors::to_json(draft));
  if (in.execute(sql::conversation_lock, by.agent_id, by.sees_all, id).empty()) {
    if (auto before = taken_before_merge(in, by, key, hash)) return *std::move(before);
    return problems::not_found("conversation");
  }
  if (hash) {
    auto before = known(in, *key, *hash);
    if (!before) return before.error();
    if (*before) return **std::move(before);
  }
  if (auto why = refused_time(at, now)) return *why;
  if (auto why = actors::check_message(in, id, draft, by, now)) return about_message(*why);
  if (in.execute(sql::scheduled_messages_count, id).integer(0, 0) >= scheduled_per_conversation_max)
    return problems::conflict(too_many.code, too_many.doc);
  const auto added = in.execute(sql::scheduled_message_add, id, shown, actors::to_json(draft), at,
                                by.agent_id, key, hash);
  return actors::answer{201, std::string(added.text(0, 0))};
}

void schedule(const exchange_ptr& on) {
  const auto wanted = on->body<message_schedule>();
  if (!wanted) return;
  auto key = api::idempotency_key(on);
  if (!key) return;
  wish what{on->path_id(),
            api::conversation_caller_of(on),
            wanted->send_at,
            draft_of(wanted->message),
            table_for(static_cast<const outgoing_message*>(nullptr)).to_json(wanted->message),
            *std::move(key)};
  auto job = [what = std::move(what),
              now = on->with().now()](storage::session& in) -> result<actors::answer> {
    try {
      return take(in, what, now);
    } catch (const storage::database_error& refused) {
      // At the same moment in another conversation.
      if (refused.constraint() == "scheduled_messages_idempotency_key")
        return actors::idempotency_key_reused();
      throw;
    }
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
  refusals.push_back(key_reused);
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
           "at that time: then as soon as it is up. At most 100 of a conversation wait. With an "
           "`Idempotency-Key` header of the caller's choice (at most 255 characters) the same call "
           "can be made again: it gives the same scheduled message and adds none.",
       .permission = "messages.send",
       .body = table_for(static_cast<const message_schedule*>(nullptr)).shape(),
       .header_parameters = {idempotency_key_parameter()},
       .successes = {{.status = 201, .doc = "It waits.", .body = scheduled_message_shape()},
                     {.status = 200,
                      .doc = "What was scheduled with the same Idempotency-Key before.",
                      .body = scheduled_message_shape()}},
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
