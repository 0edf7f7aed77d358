#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/base/result.hpp"
#include "config/settings.hpp"
#include "http/client/curl_client.hpp"
#include "http/client/graph_api.hpp"

namespace omnistream::http::client {

/// What a login gave.
struct login_token {
  std::string access_token;
  std::optional<std::chrono::seconds> expires_in;  ///< nothing: Meta names no end
};

/// Exchanges what a login in a browser gave for access tokens, with the ids and secrets of our
/// apps. Thread-safe. Each callback is called exactly once, on the HTTP client's thread or within
/// the call, with a token or a problem:
/// - 422 `invalid`, field `code`: Meta does not take the code; its words are in the message;
/// - 502 `meta_error`, `meta_token_refused`, `meta_unreachable`: as of graph_api. Among them is
///   what only the server's owner can mend, such as a wrong app secret.
class login_api {
 public:
  using callback = std::function<void(result<login_token>)>;

  /// Both outlive it.
  login_api(curl_client& http, const config::settings& settings);

  /// The code of Embedded Signup: a business token. It lives for 30 seconds.
  void exchange_signup_code(const std::string& code, callback done);
  /// The code of a login at Facebook that led to meta.redirect_uri: a user's token of an hour or
  /// two.
  void exchange_login_code(const std::string& code, callback done);
  /// Such a token for one of about 60 days, from which pages' tokens without an end are had.
  void extend_user_token(const std::string& user_token, callback done);
  /// The code of a login at Instagram that led to meta.redirect_uri: an account's token of an hour.
  void exchange_instagram_code(const std::string& code, callback done);
  /// Such a token for one of 60 days.
  void extend_instagram_token(const std::string& token, callback done);
  /// One of 60 days, which is a day old at least and has not ended, for another one.
  void renew_instagram_token(const std::string& token, callback done);

  /// The Graph API of accounts that were connected by a login at Instagram.
  graph_api& instagram() { return *instagram_; }

 private:
  void ask(std::string url, callback done);
  void ask_meta(const std::string& query, callback done);
  std::string app() const;

  curl_client& http_;
  const config::settings& settings_;
  const std::shared_ptr<graph_api> instagram_;
  const std::shared_ptr<const header_list> json_;
  const std::shared_ptr<const header_list> form_;
};

/// The token in an answer to an exchange; otherwise a problem as class login_api has it.
result<login_token> read_login_token(const http_response& response);

}  // namespace omnistream::http::client
