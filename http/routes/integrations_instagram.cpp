#include "http/api/account_login.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/meta_access.hpp"
#include "http/api/own_url.hpp"
#include "http/api/route_table.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Integrations";
constexpr const char* manage = "integrations.manage";

api::login_caller caller_of(const exchange_ptr& on) {
  return {on->caller().tenant_id, on->caller().agent_id, api::own_url(on)};
}

void config(const exchange_ptr& on) {
  on->json(200, api::instagram_login_config(on->with(), caller_of(on)));
}

void connect(const exchange_ptr& on) {
  if (auto wanted = on->body<instagram_login>())
    api::log_in_instagram(on->with(), caller_of(on), std::move(*wanted), on->reply());
}

}  // namespace

void integrations_instagram(api::route_table& routes) {
  routes.add({.id = "instagram_login_config",
              .method = "GET",
              .path = "/api/integrations/instagram/oauth/config",
              .tag = tag_name,
              .summary = "Get Instagram OAuth app config",
              .description = "Begins a login: send the person to authorize_url.",
              .permission = manage,
              .successes = {{.doc = "The config.", .body = login_config_shape()}}},
             config);
  routes.add(
      {.id = "instagram_login_connect",
       .method = "POST",
       .path = "/api/integrations/instagram/oauth/connect",
       .tag = tag_name,
       .summary = "Connect Instagram account via OAuth",
       .description =
           "Ends a login: exchanges the code for a token of 60 days, subscribes our app to the "
           "account's messages, and stores it as an account, whose config says in "
           "access_expires_at until when it is good. The server renews it before; so does "
           "connecting again.",
       .permission = manage,
       .body = table_for(static_cast<const instagram_login*>(nullptr)).shape(),
       .successes = {{.doc = "The account, renewed.", .body = account_shape()},
                     {.status = 201, .doc = "The new account.", .body = account_shape()}},
       .failures = {api::login_not_available, api::account_taken, api::too_many_accounts,
                    api::token_unreadable, api::meta_error, api::meta_token_refused,
                    api::meta_unreachable}},
      connect);
}

}  // namespace omnistream::http::routes
