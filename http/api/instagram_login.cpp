#include <memory>
#include <utility>

#include "http/api/login_flow.hpp"

namespace omnistream::http::api {
namespace {

using actors::reply_ptr;
using nlohmann::json;

/// One account on its way.
struct login : login_flow<login> {
  login(services& services, login_caller caller, contract::instagram_login what, reply_ptr to)
      : login_flow(services, std::move(caller), std::move(to)), wanted(std::move(what)) {}

  void start();
  void exchange();
  void extend();
  void ask_who();
  void look_up();
  void subscribe();
  void keep();

  contract::instagram_login wanted;
  client::login_token token;
  std::string user_id;
  std::string username;
};

void login::start() {
  // Instagram ends the address it sends people back to with this, which is no part of the code.
  if (wanted.code.ends_with("#_")) wanted.code.resize(wanted.code.size() - 2);
  begin_returned_login(with, by, "instagram", wanted.state, wanted.division_id,
                       step<done>([](login& self, done) { self.exchange(); }));
}

void login::exchange() {
  with.logins.exchange_instagram_code(
      wanted.code, step<client::login_token>([](login& self, client::login_token got) {
        self.token = std::move(got);
        self.extend();
      }));
}

void login::extend() {
  with.logins.extend_instagram_token(
      token.access_token, step<client::login_token>([](login& self, client::login_token got) {
        self.token = std::move(got);
        self.ask_who();
      }));
}

/// Webhooks name the account by its user_id; its id is another one, of the account with our app.
void login::ask_who() {
  with.logins.instagram().get_instagram_profile(
      token.access_token, step<json>([](login& self, const json& said) {
        const auto list = said.find("data");
        const bool is_list = list != said.end() && list->is_array() && !list->empty();
        const auto& profile = is_list ? list->front() : said;
        self.user_id = meta_text(profile, "user_id");
        self.username = meta_text(profile, "username");
        if (!client::is_graph_id(self.user_id))
          return (*self.answer)(
              problems::upstream("meta_error", "Instagram did not say whose account it is."));
        self.look_up();
      }));
}

void login::look_up() {
  using found = std::optional<known_account>;
  find_known_account(with, by.tenant, "instagram", user_id,
                     step<found>([](login& self, const found&) { self.subscribe(); }));
}

void login::subscribe() {
  with.logins.instagram().subscribe_instagram(
      user_id, token.access_token, step<json>([](login& self, const json&) { self.keep(); }));
}

void login::keep() {
  contract::account_create account;
  account.channel = "instagram";
  account.account_key = user_id;
  account.display_name = wanted.display_name.value_or(username.empty() ? user_id : "@" + username);
  account.division_id = wanted.division_id;
  auto& values = account.config.emplace().values;
  values["access_token"] = token.access_token;
  if (!username.empty()) values["username"] = username;
  if (token.expires_in)
    values["access_expires_at"] =
        format_rfc3339(std::chrono::floor<std::chrono::seconds>(with.now() + *token.expires_in));
  // It may have been connected by a page's token, which took another way to Meta.
  values["page_id"] = nullptr;
  keep_logged_in_account(with, by, std::move(account), answer);
}

}  // namespace

void log_in_instagram(services& with, login_caller by, contract::instagram_login wanted,
                      reply_ptr answer) {
  if (!can_log_in_instagram(with.settings)) return (*answer)(not_available());
  with.engine.query(
      [&with, by = std::move(by), wanted = std::move(wanted)](reply_ptr counted) {
        std::make_shared<login>(with, by, wanted, std::move(counted))->start();
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
