#include "http/contract/tables/integrations.hpp"

#include <memory>
#include <utility>

#include "http/api/account_connection.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/meta_access.hpp"
#include "http/api/own_url.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/chat_expiration.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Integrations";

void list(const exchange_ptr& on) {
  api::read(on, "integration", sql::integrations_list);
}

void get(const exchange_ptr& on) {
  api::read(on, "integration", sql::integration_get, on->path_text("channel"));
}

/// Finds the channel's account and goes on with its id, or with nothing.
void with_account(const exchange_ptr& on, const std::string& channel,
                  std::function<void(std::optional<uuid>)> go_on) {
  on->with().pool.submit(
      storage::access::tenant(on->caller().tenant_id),
      [channel](storage::session& in) -> result<std::optional<uuid>> {
        const auto row = in.execute(sql::integration_account_of_channel, channel);
        return row.empty() ? std::optional<uuid>{} : row.id(0, 0);
      },
      [on, go_on = std::move(go_on)](result<std::optional<uuid>> found) {
        if (!found) return on->fail(found.error());
        go_on(*found);
      });
}

account_create first_account(const std::string& channel, integration_set wanted) {
  account_create first;
  first.channel = channel;
  first.display_name = channel;
  first.is_active = wanted.is_active.value_or(true);
  first.is_default = true;
  first.division_id = wanted.division_id.value_or(std::nullopt);
  first.config = std::move(wanted.config).value_or(account_config{});
  const auto named = key_field_of(channel);
  if (const auto key = first.config->text(named); !key.empty()) first.account_key = key;
  return first;
}

/// The outcome of what was done to the account, shown as the channel's.
actors::reply_ptr shown_as_integration(const exchange_ptr& on, const std::string& channel) {
  return std::make_shared<actors::reply>([on, channel](result<actors::answer> done) {
    if (!done) return on->finish(std::move(done));
    api::read(on, "integration", sql::integration_get, channel);
  });
}

void put(const exchange_ptr& on) {
  const auto& channel = on->path_text("channel");
  auto body = on->body<integration_set>();
  if (!body) return;
  const auto wanted = std::make_shared<integration_set>(std::move(*body));
  with_account(on, channel, [on, channel, wanted](std::optional<uuid> account) {
    const auto& tenant = on->caller().tenant_id;
    if (!account) {
      auto first = first_account(channel, std::move(*wanted));
      if (const auto named = key_field_of(channel); !first.account_key && !named.empty())
        return on->fail(problems::invalid_field("config." + named, "required",
                                                "Is required: it names the account."));
      return api::connect_account(on->with(), tenant, std::move(first), api::own_url(on),
                                  shown_as_integration(on, channel));
    }
    account_change change;
    change.is_active = wanted->is_active;
    change.config = std::move(wanted->config);
    change.division_id = wanted->division_id;
    api::change_account(on->with(), tenant, *account, std::move(change), api::own_url(on),
                        shown_as_integration(on, channel));
  });
}

void remove(const exchange_ptr& on) {
  with_account(on, on->path_text("channel"), [on](std::optional<uuid> account) {
    if (!account) return on->fail(problems::not_found("integration"));
    api::remove_account(on->with(), on->caller().tenant_id, *account, on->reply());
  });
}

void add_reading(api::route_table& routes) {
  routes.add(
      {.id = "integrations_list",
       .method = "GET",
       .path = "/api/integrations",
       .tag = tag_name,
       .summary = "List all channel integrations",
       .description = "The channels that are connected, each by its default account.",
       .permission = "integrations.view",
       .successes = {{.doc = "The channels.", .body = integration_shape(), .is_array = true}}},
      list);
  routes.add({.id = "integrations_get",
              .method = "GET",
              .path = "/api/integrations/{channel}",
              .tag = tag_name,
              .summary = "Get a single integration by channel",
              .description = "One that is not connected has an empty config and no id.",
              .permission = "integrations.view",
              .path_parameters = {channel_parameter()},
              .successes = {{.doc = "The channel.", .body = integration_shape()}}},
             get);
}

void add_writing(api::route_table& routes) {
  routes.add(
      {.id = "integrations_set",
       .method = "PUT",
       .path = "/api/integrations/{channel}",
       .tag = tag_name,
       .summary = "Create or update an integration (upsert)",
       .description = "Changes the channel's default account, or connects its first one.",
       .permission = "integrations.manage",
       .body = table_for(static_cast<const integration_set*>(nullptr)).shape(),
       .path_parameters = {channel_parameter()},
       .successes = {{.doc = "The channel.", .body = integration_shape()}},
       .failures = {{409, "account_exists", "The account is connected already."},
                    {409, "too_many_accounts", "The tenant has as many accounts as it may have."},
                    api::token_unreadable,
                    api::meta_error,
                    api::meta_unreachable}},
      put);
  routes.add({.id = "integrations_delete",
              .method = "DELETE",
              .path = "/api/integrations/{channel}",
              .tag = tag_name,
              .summary = "Delete an integration",
              .description = "Deletes the channel's default account, as DELETE "
                             "/api/integration-accounts/{id} does.",
              .permission = "integrations.manage",
              .path_parameters = {channel_parameter()},
              .successes = {{.doc = "It is gone.", .body = message_shape()}},
              .failures = {api::account_in_use}},
             remove);
}

}  // namespace

void integrations(api::route_table& routes) {
  add_reading(routes);
  add_writing(routes);
}

}  // namespace omnistream::http::routes
