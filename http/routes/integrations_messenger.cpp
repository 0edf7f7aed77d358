#include "http/api/account_login.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/messenger_menu.hpp"
#include "http/api/meta_access.hpp"
#include "http/api/own_url.hpp"
#include "http/api/route_table.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Integrations";
constexpr const char* view = "integrations.view";
constexpr const char* manage = "integrations.manage";

api::login_caller caller_of(const exchange_ptr& on) {
  return {on->caller().tenant_id, on->caller().agent_id, api::own_url(on)};
}

void config(const exchange_ptr& on) {
  on->json(200, api::messenger_login_config(on->with(), caller_of(on)));
}

void connect(const exchange_ptr& on) {
  if (auto wanted = on->body<messenger_login>())
    api::log_in_messenger(on->with(), caller_of(on), std::move(*wanted), on->reply());
}

void subscribe(const exchange_ptr& on) {
  if (auto wanted = on->body<pages_subscribe>())
    api::subscribe_pages(on->with(), caller_of(on), std::move(*wanted), on->reply());
}

void disconnect(const exchange_ptr& on) {
  if (auto wanted = on->body<page_disconnect>())
    api::disconnect_page(on->with(), caller_of(on), std::move(wanted->page_id), on->reply());
}

void get_menu(const exchange_ptr& on) {
  if (const auto query = on->query<menu_query>())
    api::get_persistent_menu(on->with(), on->caller().tenant_id, query->integration_account_id,
                             on->reply());
}

void set_menu(const exchange_ptr& on) {
  if (auto wanted = on->body<menu_set>())
    api::set_persistent_menu(on->with(), on->caller().tenant_id, std::move(*wanted), on->reply());
}

void add_login(api::route_table& routes) {
  routes.add({.id = "messenger_login_config",
              .method = "GET",
              .path = "/api/integrations/messenger/oauth/config",
              .tag = tag_name,
              .summary = "Get Messenger OAuth app config",
              .description = "Begins a login: send the person to authorize_url.",
              .permission = manage,
              .successes = {{.doc = "The config.", .body = login_config_shape()}}},
             config);
  routes.add(
      {.id = "messenger_login_connect",
       .method = "POST",
       .path = "/api/integrations/messenger/oauth/connect",
       .tag = tag_name,
       .summary = "Connect Messenger via Facebook Login OAuth",
       .description = "Ends a login: shows the person's pages, of which POST "
                      "/api/integrations/messenger/pages/subscribe connects some within the hour.",
       .permission = manage,
       .body = table_for(static_cast<const messenger_login*>(nullptr)).shape(),
       .successes = {{.doc = "The pages.", .body = messenger_login_shape()}},
       .failures = {api::login_not_available, api::meta_error, api::meta_token_refused,
                    api::meta_unreachable}},
      connect);
}

void add_pages(api::route_table& routes) {
  routes.add({.id = "messenger_pages_subscribe",
              .method = "POST",
              .path = "/api/integrations/messenger/pages/subscribe",
              .tag = tag_name,
              .summary = "Subscribe selected Facebook Pages to Messenger webhooks",
              .description =
                  "Connects pages of the caller's last login, each for itself: some may succeed "
                  "while others fail, and results says which and why. A page that is connected "
                  "already gets a new token and goes on.",
              .permission = manage,
              .body = table_for(static_cast<const pages_subscribe*>(nullptr)).shape(),
              .successes = {{.doc = "What became of each.", .body = pages_subscribed_shape()}},
              .failures = {api::login_not_available, api::login_needed}},
             subscribe);
  routes.add(
      {.id = "messenger_page_disconnect",
       .method = "POST",
       .path = "/api/integrations/messenger/pages/disconnect",
       .tag = tag_name,
       .summary = "Disconnect a Messenger page",
       .description =
           "Ends the page's webhooks at Meta and switches its account off, also if Meta refuses "
           "the first; its conversations stay. Subscribing to it again connects it.",
       .permission = manage,
       .body = table_for(static_cast<const page_disconnect*>(nullptr)).shape(),
       .successes = {{.doc = "The account.", .body = account_shape()}},
       .failures = {{404, "not_found", "The page is none of your accounts."},
                    api::meta_unreachable}},
      disconnect);
}

void add_menu(api::route_table& routes) {
  const failure no_account{404, "not_found", "There is no such Messenger account."};
  routes.add({.id = "messenger_menu_get",
              .method = "GET",
              .path = "/api/integrations/messenger/persistent-menu",
              .tag = tag_name,
              .summary = "Get Messenger persistent menu",
              .description = "Asks Meta at every call.",
              .permission = view,
              .query = table_for(static_cast<const menu_query*>(nullptr)).shape(),
              .successes = {{.doc = "The menu.", .body = persistent_menu_shape()}},
              .failures = {no_account, api::token_unreadable, api::meta_error,
                           api::meta_token_refused, api::meta_unreachable}},
             get_menu);
  routes.add({.id = "messenger_menu_set",
              .method = "POST",
              .path = "/api/integrations/messenger/persistent-menu",
              .tag = tag_name,
              .summary = "Set or delete Messenger persistent menu",
              .description = "Meta shows it in every chat with the page, after a while. A choice "
                             "of a postback comes in as a message.",
              .permission = manage,
              .body = table_for(static_cast<const menu_set*>(nullptr)).shape(),
              .successes = {{.doc = "The menu from now on.", .body = persistent_menu_shape()}},
              .failures = {no_account, api::token_unreadable, api::meta_error,
                           api::meta_token_refused, api::meta_unreachable}},
             set_menu);
}

}  // namespace

void integrations_messenger(api::route_table& routes) {
  add_login(routes);
  add_pages(routes);
  add_menu(routes);
}

}  // namespace omnistream::http::routes
