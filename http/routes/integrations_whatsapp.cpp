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

void config(const exchange_ptr& on) {
  on->json(200, api::embedded_signup_config(on->with().settings));
}

void complete(const exchange_ptr& on) {
  if (auto wanted = on->body<embedded_signup>())
    api::sign_up_number(on->with(),
                        {on->caller().tenant_id, on->caller().agent_id, api::own_url(on)},
                        std::move(*wanted), on->reply());
}

}  // namespace

void integrations_whatsapp(api::route_table& routes) {
  routes.add({.id = "embedded_signup_config",
              .method = "GET",
              .path = "/api/integrations/whatsapp/embedded-signup/config",
              .tag = tag_name,
              .summary = "Get WhatsApp Embedded Signup config",
              .description = "For Meta's JavaScript SDK, with which a dashboard opens the window.",
              .permission = manage,
              .successes = {{.doc = "The config.", .body = embedded_signup_config_shape()}}},
             config);
  routes.add(
      {.id = "embedded_signup_complete",
       .method = "POST",
       .path = "/api/integrations/whatsapp/embedded-signup",
       .tag = tag_name,
       .summary = "Complete WhatsApp Embedded Signup",
       .description =
           "Exchanges the code for a token, finds the number among those of the business account, "
           "subscribes our app, registers the number if it cannot send yet, and stores it as an "
           "account. One that is connected already gets the new token and goes on.",
       .permission = manage,
       .body = table_for(static_cast<const embedded_signup*>(nullptr)).shape(),
       .successes = {{.doc = "The account, renewed.", .body = account_shape()},
                     {.status = 201, .doc = "The new account.", .body = account_shape()}},
       .failures = {api::login_not_available, api::account_taken, api::too_many_accounts,
                    api::token_unreadable, api::meta_error, api::meta_token_refused,
                    api::meta_unreachable}},
      complete);
}

}  // namespace omnistream::http::routes
