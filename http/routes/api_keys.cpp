#include "http/contract/tables/api_keys.hpp"

#include "http/api/all_routes.hpp"
#include "http/api/api_key.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "API Keys";
constexpr int keys_per_agent_max = 100;

const failure too_many{409, "too_many_keys", "The agent has 100 keys already; revoke one first."};

void list(const exchange_ptr& on) {
  api::read(on, "agent", sql::api_keys_list, on->caller().agent_id);
}

void create(const exchange_ptr& on) {
  const auto wanted = on->body<api_key_create>();
  if (!wanted) return;
  const auto now = on->with().now();
  if (wanted->expires_at && *wanted->expires_at <= now)
    return on->fail(
        problems::invalid_field("expires_at", "out_of_range", "Must be in the future."));
  const api::new_api_key key{.id = uuid::v7(now),
                             .tenant_id = on->caller().tenant_id,
                             .agent_id = on->caller().agent_id,
                             .name = wanted->name,
                             .key = api::make_api_key(),
                             .expires_at = wanted->expires_at};
  api::transact(on, [key](storage::session& in) -> result<actors::answer> {
    if (in.execute(sql::api_keys_lock, key.agent_id).empty())
      return problems::unauthenticated("The calling agent was removed a moment ago.");
    if (in.execute(sql::api_keys_count, key.agent_id).integer(0, 0) >= keys_per_agent_max)
      return problems::conflict(too_many.code, too_many.doc);
    return actors::answer{201, api::store_api_key(in, key)};
  });
}

void revoke(const exchange_ptr& on) {
  const auto agent = on->caller().agent_id;
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [id = on->path_id(), agent](storage::session& in) -> result<actors::answer> {
        if (in.execute(sql::api_key_delete, id, agent).affected() == 0)
          return problems::not_found("API key of yours");
        return actors::answer{200, R"({"message":"The key is revoked."})"};
      },
      std::make_shared<actors::reply>([on, agent](result<actors::answer> what) {
        on->with().identities.forget_agent(agent);
        on->finish(std::move(what));
      }));
}

}  // namespace

void api_keys(api::route_table& routes) {
  routes.describe({tag_name, "Keys with which programs call, each in the name of one agent."});
  routes.add({.id = "api_keys_list",
              .method = "GET",
              .path = "/api/api-keys",
              .tag = tag_name,
              .summary = "List caller's API keys",
              .description = "Oldest first; only one's own, and never the keys themselves.",
              .successes = {{.doc = "The keys.", .body = api_key_shape(), .is_array = true}}},
             list);
  routes.add({.id = "api_keys_create",
              .method = "POST",
              .path = "/api/api-keys",
              .tag = tag_name,
              .summary = "Create a new API key",
              .description = "The answer is the only one that holds the key.",
              .permission = "developer.access",
              .body = table_for(static_cast<const api_key_create*>(nullptr)).shape(),
              .successes = {{.status = 201,
                             .doc = "The key; store it now.",
                             .body = api_key_created_shape()}},
              .failures = {too_many}},
             create);
  routes.add({.id = "api_keys_delete",
              .method = "DELETE",
              .path = "/api/api-keys/{id}",
              .tag = tag_name,
              .summary = "Revoke an API key",
              .description = "One's own only. It stops working at once.",
              .successes = {{.doc = "It is revoked.", .body = message_shape()}}},
             revoke);
}

}  // namespace omnistream::http::routes
