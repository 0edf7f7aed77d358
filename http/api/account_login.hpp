#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/reply.hpp"
#include "http/api/login_state.hpp"
#include "http/api/services.hpp"
#include "http/contract/operation.hpp"
#include "http/contract/tables/integration_accounts.hpp"
#include "http/contract/tables/logins.hpp"

/// Accounts that are connected by a login at Meta. Whoever may log in there for a number, a page or
/// an Instagram account has shown that it is theirs. Nothing here blocks; each function answers
/// through `answer`, on whichever thread the last step ends. Connecting again renews the token.
namespace omnistream::http::api {

/// Who logs in.
struct login_caller {
  uuid tenant;
  uuid agent;
  std::optional<std::string> own_url;  ///< for webhook_url
};

/// How what the logins refuse is declared.
extern const contract::failure login_not_available;
extern const contract::failure login_needed;
extern const contract::failure account_taken;
extern const contract::failure too_many_accounts;

/// Whether the settings that each login needs are there.
bool can_sign_up(const config::settings& settings);
bool can_log_in_instagram(const config::settings& settings);
bool can_log_in_messenger(const config::settings& settings);

/// What dashboards begin the logins with, as JSON.
std::string embedded_signup_config(const config::settings& settings);
std::string instagram_login_config(services& with, const login_caller& by);
std::string messenger_login_config(services& with, const login_caller& by);

/// Embedded Signup: code -> token -> whose number it is -> webhooks -> registration -> account.
void sign_up_number(services& with, login_caller by, contract::embedded_signup wanted,
                    actors::reply_ptr answer);

/// Code -> token -> token of 60 days -> whose account it is -> webhooks -> account.
void log_in_instagram(services& with, login_caller by, contract::instagram_login wanted,
                      actors::reply_ptr answer);

/// Code -> token -> longer token, which is kept for the agent -> the pages, without their tokens.
void log_in_messenger(services& with, login_caller by, contract::messenger_login wanted,
                      actors::reply_ptr answer);

/// Connects pages of the agent's last login: the page's token -> webhooks -> account. Each for
/// itself, all at once.
void subscribe_pages(services& with, login_caller by, contract::pages_subscribe wanted,
                     actors::reply_ptr answer);

/// Ends the page's webhooks and switches its account off. That Meta refuses the call, as it does to
/// a person who lost the page, or that the token cannot be opened keeps nobody from that.
void disconnect_page(services& with, login_caller by, std::string page_id,
                     actors::reply_ptr answer);

// -- steps that several of them have
// ------------------------------------------------------------------------------------------------

/// An account of the caller's tenant that is connected already.
struct known_account {
  uuid id;
  std::string sealed_pin;  ///< empty: none
};

/// Looks an account up by its key: nothing if nobody has it, 409 if another tenant has it.
void find_known_account(services& with, const uuid& tenant, const std::string& channel,
                        const std::string& key,
                        std::function<void(result<std::optional<known_account>>)> done);

/// Stores it as store_logged_in_account does, wakes what waited for it, and answers with it.
void keep_logged_in_account(services& with, const login_caller& by, contract::account_create wanted,
                            const actors::reply_ptr& answer);

/// Uses the state up and looks whether the division exists.
void begin_returned_login(services& with, const login_caller& by, std::string_view flow,
                          const std::string& state, const std::optional<uuid>& division,
                          std::function<void(result<done>)> go_on);

/// 409: the settings that the login needs are not there.
problem not_available();

}  // namespace omnistream::http::api
