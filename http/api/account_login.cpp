#include "http/api/account_login.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "config/base/text.hpp"
#include "http/api/account_storing.hpp"
#include "http/client/graph_json.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using nlohmann::ordered_json;

const std::vector<std::string> instagram_scopes{"instagram_business_basic",
                                                "instagram_business_manage_messages"};
const std::vector<std::string> messenger_scopes{"pages_show_list", "pages_messaging",
                                                "pages_manage_metadata", "pages_read_engagement"};

std::string unavailable_config() {
  return R"({"is_available":false})";
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

/// The same of every login that leads a browser there and back.
ordered_json begun(services& with, const login_caller& by, std::string_view flow,
                   const std::string& app_id) {
  const auto state = begin_login(with.encryption_key, {flow, by.tenant, by.agent}, with.now());
  return {{"is_available", true},
          {"app_id", app_id},
          {"redirect_uri", with.settings.meta_redirect_uri},
          {"state", state.text},
          {"state_expires_at", format_rfc3339(state.expires_at)}};
}

std::string authorize_url(const std::string& dialog, const ordered_json& config) {
  return dialog + "?client_id=" + percent_encoded(config["app_id"].get<std::string>()) +
         "&redirect_uri=" + percent_encoded(config["redirect_uri"].get<std::string>()) +
         "&response_type=code&state=" + config["state"].get<std::string>();
}

}  // namespace

const contract::failure login_not_available{
    409, "login_not_available",
    "The server's owner has not set up this login: its settings are meta.app_id and the others."};
const contract::failure login_needed{
    409, "login_needed", "There is no login of yours at Meta, or it is too old; log in again."};
const contract::failure account_taken{409, "account_exists", "Another tenant has connected it."};
const contract::failure too_many_accounts{409, "too_many_accounts",
                                          "The tenant has as many accounts as it may have."};

problem not_available() {
  return problems::wrong_state(login_not_available.code, login_not_available.doc);
}

std::string embedded_signup_config(const config::settings& settings) {
  if (!can_sign_up(settings)) return unavailable_config();
  return ordered_json{{"is_available", true},
                      {"app_id", settings.meta_app_id},
                      {"config_id", settings.meta_embedded_signup_config_id},
                      {"graph_api_version", settings.meta_api_version}}
      .dump();
}

std::string instagram_login_config(services& with, const login_caller& by) {
  if (!can_log_in_instagram(with.settings)) return unavailable_config();
  auto config = begun(with, by, "instagram", with.settings.meta_instagram_app_id);
  config["scopes"] = instagram_scopes;
  config["authorize_url"] = authorize_url("https://www.instagram.com/oauth/authorize", config) +
                            "&scope=" + percent_encoded(joined(instagram_scopes));
  return config.dump();
}

std::string messenger_login_config(services& with, const login_caller& by) {
  const auto& settings = with.settings;
  if (!can_log_in_messenger(settings)) return unavailable_config();
  auto config = begun(with, by, "messenger", settings.meta_app_id);
  auto url = authorize_url(
      "https://www.facebook.com/" + settings.meta_api_version + "/dialog/oauth", config);
  config["scopes"] = messenger_scopes;
  if (settings.meta_messenger_config_id.empty()) {
    url += "&scope=" + percent_encoded(joined(messenger_scopes));
  } else {
    config["config_id"] = settings.meta_messenger_config_id;
    url += "&config_id=" + percent_encoded(settings.meta_messenger_config_id) +
           "&override_default_response_type=true";
  }
  config["authorize_url"] = std::move(url);
  return config.dump();
}

bool can_sign_up(const config::settings& settings) {
  return !settings.meta_app_id.empty() && !settings.meta_app_secret.empty() &&
         !settings.meta_embedded_signup_config_id.empty();
}

bool can_log_in_instagram(const config::settings& settings) {
  const bool has_secret =
      !settings.meta_instagram_app_secret.empty() || !settings.meta_app_secret.empty();
  return !settings.meta_instagram_app_id.empty() && has_secret &&
         !settings.meta_redirect_uri.empty();
}

bool can_log_in_messenger(const config::settings& settings) {
  return !settings.meta_app_id.empty() && !settings.meta_app_secret.empty() &&
         !settings.meta_redirect_uri.empty();
}

void begin_returned_login(services& with, const login_caller& by, std::string_view flow,
                          const std::string& state, const std::optional<uuid>& division,
                          std::function<void(result<done>)> go_on) {
  auto returned =
      check_login_state(with.encryption_key, {flow, by.tenant, by.agent}, state, with.now());
  if (!returned) return go_on(returned.error());
  with.pool.submit(
      storage::access::tenant(by.tenant),
      [returned = std::move(*returned), division](storage::session& in) -> result<done> {
        if (auto wrong = division_errors(in, division); !wrong.empty())
          return problems::invalid(std::move(wrong));
        return use_login_state(in, returned);
      },
      std::move(go_on));
}

void find_known_account(services& with, const uuid& tenant, const std::string& channel,
                        const std::string& key,
                        std::function<void(result<std::optional<known_account>>)> done) {
  with.pool.submit(
      storage::access::engine(),
      [tenant, channel, key](storage::session& in) -> result<std::optional<known_account>> {
        const auto row = in.execute(sql::integration_account_owner, channel, key, tenant);
        if (row.empty()) return std::optional<known_account>{};
        if (!row.boolean(0, 0)) return problems::conflict(account_taken.code, account_taken.doc);
        return std::optional(known_account{row.id(0, 1), std::string(row.text(0, 2))});
      },
      std::move(done));
}

void keep_logged_in_account(services& with, const login_caller& by, contract::account_create wanted,
                            const actors::reply_ptr& answer) {
  with.pool.submit(
      storage::access::tenant(by.tenant),
      [&with, id = uuid::v7(with.now()), wanted = std::move(wanted),
       own_url = by.own_url](storage::session& in) {
        return store_logged_in_account(in, with.encryption_key, id, wanted, own_url);
      },
      [&with, answer](result<changed_account> kept) {
        answer_and_wake(with, std::move(kept), answer);
      });
}

}  // namespace omnistream::http::api
