#include "http/client/login_api.hpp"

#include <utility>

#include "actors/json_member.hpp"
#include "config/base/text.hpp"
#include "http/client/graph_json.hpp"
#include "http/client/graph_reply.hpp"

namespace omnistream::http::client {
namespace {

using actors::text_of;
using json = nlohmann::json;

constexpr int bad_parameter = 100;      ///< Meta's code for a code that is wrong, old or used
constexpr int instagram_refusal = 400;  ///< Instagram's for the same

problem code_refused(const std::string& words) {
  return problems::invalid_field("code", "refused", "Meta does not take it: " + words);
}

/// Instagram's login has errors of its own: `{"error_type", "code", "error_message"}`.
std::optional<problem> instagram_error(std::string_view body) {
  const auto said = json::parse(body, nullptr, false);
  if (!said.is_object()) return std::nullopt;
  const auto words = text_of(said, "error_message");
  if (words.empty()) return std::nullopt;
  const auto code = said.find("code");
  const bool is_code =
      code != said.end() && code->is_number_integer() && *code == instagram_refusal;
  actors::graph_error as_meta;
  as_meta.code = is_code ? instagram_refusal : 0;
  as_meta.message = words;
  // Of the app itself, which only the server's owner can mend.
  const bool is_app =
      words.find("platform app") != std::string::npos || words.find("client") != std::string::npos;
  return is_code && !is_app ? code_refused(meta_words(as_meta)) : meta_refused(as_meta);
}

/// Where Instagram has no app of its own, it is the other one's.
std::string instagram_secret(const config::settings& settings) {
  const auto& own = settings.meta_instagram_app_secret;
  return own.empty() ? settings.meta_app_secret.reveal() : own.reveal();
}

result<login_token> token_in(const json& said) {
  login_token token{text_of(said, "access_token"), std::nullopt};
  if (token.access_token.empty()) return meta_unreachable("Its answer has no token.");
  const auto life = said.find("expires_in");
  if (life != said.end() && life->is_number_integer() && life->get<std::int64_t>() > 0)
    token.expires_in = std::chrono::seconds(life->get<std::int64_t>());
  return token;
}

}  // namespace

result<login_token> read_login_token(const http_response& response) {
  if (response.what == http_response::outcome::answered) {
    if (const auto error = read_graph_error(response.body); error && error->code == bad_parameter)
      return code_refused(meta_words(*error));
    if (auto wrong = instagram_error(response.body)) return std::move(*wrong);
  }
  auto said = read_graph_json(response);
  if (!said) return said.error();
  // Instagram's newer answers are a list of one.
  const auto list = said->find("data");
  const bool is_list = list != said->end() && list->is_array() && !list->empty();
  return token_in(is_list ? list->front() : *said);
}

login_api::login_api(curl_client& http, const config::settings& settings)
    : http_(http),
      settings_(settings),
      instagram_(std::make_shared<graph_api>(
          http, graph_endpoint{settings.meta_instagram_api_url, settings.meta_api_version})),
      json_(header_list::make({"Accept: application/json"})),
      form_(header_list::make(
          {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded"})) {}

std::string login_api::app() const {
  return "client_id=" + percent_encoded(settings_.meta_app_id) +
         "&client_secret=" + percent_encoded(settings_.meta_app_secret.reveal());
}

void login_api::ask(std::string url, callback done) {
  http_request request;
  request.headers = json_;
  request.url = std::move(url);
  http_.submit(std::move(request), [done = std::move(done)](const http_response& response) {
    done(read_login_token(response));
  });
}

void login_api::ask_meta(const std::string& query, callback done) {
  ask(graph_url({settings_.meta_api_url, settings_.meta_api_version},
                "oauth/access_token?" + app() + query),
      std::move(done));
}

void login_api::exchange_signup_code(const std::string& code, callback done) {
  ask_meta("&code=" + percent_encoded(code), std::move(done));
}

void login_api::exchange_login_code(const std::string& code, callback done) {
  ask_meta("&redirect_uri=" + percent_encoded(settings_.meta_redirect_uri) +
               "&code=" + percent_encoded(code),
           std::move(done));
}

void login_api::extend_user_token(const std::string& user_token, callback done) {
  ask_meta("&grant_type=fb_exchange_token&fb_exchange_token=" + percent_encoded(user_token),
           std::move(done));
}

void login_api::exchange_instagram_code(const std::string& code, callback done) {
  http_request request;
  request.method = "POST";
  request.headers = form_;
  request.url = settings_.meta_instagram_login_url + "/oauth/access_token";
  request.body = "client_id=" + percent_encoded(settings_.meta_instagram_app_id) +
                 "&client_secret=" + percent_encoded(instagram_secret(settings_)) +
                 "&grant_type=authorization_code&redirect_uri=" +
                 percent_encoded(settings_.meta_redirect_uri) + "&code=" + percent_encoded(code);
  http_.submit(std::move(request), [done = std::move(done)](const http_response& response) {
    done(read_login_token(response));
  });
}

void login_api::extend_instagram_token(const std::string& token, callback done) {
  ask(settings_.meta_instagram_api_url +
          "/access_token?grant_type=ig_exchange_token&client_secret=" +
          percent_encoded(instagram_secret(settings_)) + "&access_token=" + percent_encoded(token),
      std::move(done));
}

void login_api::renew_instagram_token(const std::string& token, callback done) {
  ask(settings_.meta_instagram_api_url +
          "/refresh_access_token?grant_type=ig_refresh_token&access_token=" +
          percent_encoded(token),
      std::move(done));
}

}  // namespace omnistream::http::client
