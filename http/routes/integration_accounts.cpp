#include "http/contract/tables/integration_accounts.hpp"

#include "http/api/account_connection.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/meta_access.hpp"
#include "http/api/own_url.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Integrations";
constexpr const char* view = "integrations.view";
constexpr const char* manage = "integrations.manage";

void list(const exchange_ptr& on) {
  const auto query = on->query<accounts_query>();
  if (query)
    api::read(on, "account", sql::integration_accounts_list, api::own_url(on), query->channel);
}

void get(const exchange_ptr& on) {
  api::read(on, "account", sql::integration_account_get, api::own_url(on), on->path_id());
}

void create(const exchange_ptr& on) {
  if (auto wanted = on->body<account_create>())
    api::connect_account(on->with(), on->caller().tenant_id, std::move(*wanted), api::own_url(on),
                         on->reply());
}

void change(const exchange_ptr& on) {
  if (auto wanted = on->body<account_change>())
    api::change_account(on->with(), on->caller().tenant_id, on->path_id(), std::move(*wanted),
                        api::own_url(on), on->reply());
}

void remove(const exchange_ptr& on) {
  api::remove_account(on->with(), on->caller().tenant_id, on->path_id(), on->reply());
}

void make_default(const exchange_ptr& on) {
  api::make_account_default(on->with(), on->caller().tenant_id, on->path_id(), api::own_url(on),
                            on->reply());
}

void health(const exchange_ptr& on) {
  api::account_health(on->with(), on->caller().tenant_id, on->path_id(), on->reply());
}

void add_reading(api::route_table& routes) {
  routes.add({.id = "integration_accounts_list",
              .method = "GET",
              .path = "/api/integration-accounts",
              .tag = tag_name,
              .summary = "List integration accounts",
              .description = "All of them, the oldest first. Secrets are masked.",
              .permission = view,
              .query = table_for(static_cast<const accounts_query*>(nullptr)).shape(),
              .successes = {{.doc = "The accounts.", .body = account_shape(), .is_array = true}}},
             list);
  routes.add({.id = "integration_accounts_get",
              .method = "GET",
              .path = "/api/integration-accounts/{id}",
              .tag = tag_name,
              .summary = "Get an integration account by ID",
              .permission = view,
              .successes = {{.doc = "The account.", .body = account_shape()}}},
             get);
  routes.add({.id = "integration_accounts_health",
              .method = "GET",
              .path = "/api/integration-accounts/{id}/health",
              .tag = tag_name,
              .summary = "Fetch WhatsApp account health from Meta Graph API",
              .description = "Asks Meta at every call.",
              .permission = view,
              .successes = {{.doc = "What Meta says.", .body = account_health_shape()}},
              .failures = {api::not_whatsapp, api::token_unreadable, api::meta_error,
                           api::meta_token_refused, api::meta_unreachable}},
             health);
}

void add_writing(api::route_table& routes) {
  routes.add(
      {.id = "integration_accounts_create",
       .method = "POST",
       .path = "/api/integration-accounts",
       .tag = tag_name,
       .summary = "Create an integration account",
       .description =
           "A WhatsApp number is subscribed to our webhooks and registered at Meta first; nothing "
           "is stored unless Meta agrees. The config fields phone_number_id, waba_id and "
           "access_token may be left out where META_PHONE_NUMBER_ID, META_WABA_ID and "
           "META_ACCESS_TOKEN are set; these serve the server's first tenant only.",
       .permission = manage,
       .body = table_for(static_cast<const account_create*>(nullptr)).shape(),
       .successes = {{.status = 201, .doc = "The account.", .body = account_shape()}},
       .failures = {{409, "account_exists", "The account is connected already."},
                    {409, "too_many_accounts", "The tenant has as many accounts as it may have."},
                    api::meta_error,
                    api::meta_unreachable}},
      create);
  routes.add({.id = "integration_accounts_update",
              .method = "PATCH",
              .path = "/api/integration-accounts/{id}",
              .tag = tag_name,
              .summary = "Update an integration account",
              .description = "A new token, a throughput or is_active lifts a pause: campaigns that "
                             "wait for the account go on.",
              .permission = manage,
              .body = table_for(static_cast<const account_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed account.", .body = account_shape()}},
              .failures = {api::token_unreadable, api::meta_error, api::meta_unreachable}},
             change);
  routes.add({.id = "integration_accounts_delete",
              .method = "DELETE",
              .path = "/api/integration-accounts/{id}",
              .tag = tag_name,
              .summary = "Delete an integration account",
              .description = "Campaigns that ended stay and lose their account; a draft that named "
                             "it will use the default. Was it the default, the oldest active "
                             "account of the channel takes over. At Meta nothing changes.",
              .permission = manage,
              .successes = {{.doc = "It is gone.", .body = message_shape()}},
              .failures = {api::account_in_use}},
             remove);
  routes.add({.id = "integration_accounts_default",
              .method = "POST",
              .path = "/api/integration-accounts/{id}/default",
              .tag = tag_name,
              .summary = "Set an integration account as the default for its channel",
              .permission = manage,
              .successes = {{.doc = "The account.", .body = account_shape()}}},
             make_default);
}

}  // namespace

void integration_accounts(api::route_table& routes) {
  routes.describe({tag_name, "The accounts that messages are sent from."});
  add_reading(routes);
  add_writing(routes);
}

}  // namespace omnistream::http::routes
