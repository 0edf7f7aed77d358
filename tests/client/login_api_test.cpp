#include "http/client/login_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;

/// A server with one answer, and a login_api whose apps are `1` with secret `s&1` and `2` with
/// `s2`.
class login_api_test : public testing::Test {
 protected:
  void serve(const std::string& answer, const std::string& status = "200 OK") {
    server_.emplace([this, answer, status](connection& peer, int) {
      while (const auto request = peer.read_request()) {
        requests_.add(*request);
        peer.answer(answer, status);
      }
    });
    settings_.meta_api_url = server_->url();
    settings_.meta_instagram_api_url = server_->url("/ig");
    settings_.meta_instagram_login_url = server_->url("/login");
    settings_.meta_app_id = "1";
    settings_.meta_app_secret = secret("s&1");
    settings_.meta_instagram_app_id = "2";
    settings_.meta_instagram_app_secret = secret("s2");
    settings_.meta_redirect_uri = "https://app.example/back?x=1";
    client_options options;
    options.total_timeout = 5s;
    http_ = std::make_unique<curl_client>(options);
    api_ = std::make_unique<login_api>(*http_, settings_);
  }
  template <class F>
  result<login_token> ask(F call) {
    collected<result<login_token>> results;
    call([&](result<login_token> one) { results.add(std::move(one)); });
    const auto all = results.wait_for(1);
    return all.empty() ? result<login_token>(problems::internal()) : all.front();
  }
  result<login_token> sign_up() {
    return ask([&](auto done) { api_->exchange_signup_code("c/1", done); });
  }
  result<login_token> instagram() {
    return ask([&](auto done) { api_->exchange_instagram_code("c/1", done); });
  }
  std::string request() { return requests_.wait_for(1).at(0); }

  void TearDown() override {
    api_.reset();
    http_.reset();
    server_.reset();
  }

  collected<std::string> requests_;
  config::settings settings_;
  std::optional<scripted_server> server_;
  std::unique_ptr<curl_client> http_;
  std::unique_ptr<login_api> api_;
};

TEST_F(login_api_test, exchanges_the_code_of_embedded_signup) {
  serve(R"({"access_token":"EAAG1","token_type":"bearer"})");
  const auto token = sign_up();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->access_token, "EAAG1");
  EXPECT_EQ(token->expires_in, std::nullopt);
  EXPECT_THAT(request(), StartsWith("GET /v23.0/oauth/access_token?client_id=1&client_secret=s%261&"
                                    "code=c%2F1 HTTP/1.1\r\n"));
}

TEST_F(login_api_test, names_the_redirect_of_a_login) {
  serve(R"({"access_token":"EAAG1","expires_in":5000})");
  const auto token = ask([&](auto done) { api_->exchange_login_code("c", done); });
  ASSERT_TRUE(token);
  EXPECT_EQ(token->expires_in, 5000s);
  EXPECT_THAT(request(),
              HasSubstr("&redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1&code=c "));
}

TEST_F(login_api_test, extends_tokens) {
  serve(R"({"access_token":"EAAG2"})");
  ASSERT_TRUE(ask([&](auto done) { api_->extend_user_token("EAAG1", done); }));
  EXPECT_THAT(request(), HasSubstr("&grant_type=fb_exchange_token&fb_exchange_token=EAAG1 "));
  ASSERT_TRUE(ask([&](auto done) { api_->extend_instagram_token("IG1", done); }));
  EXPECT_THAT(requests_.wait_for(2).at(1),
              StartsWith("GET /ig/access_token?grant_type=ig_exchange_token&client_secret=s2&"
                         "access_token=IG1 HTTP/1.1\r\n"));
  ASSERT_TRUE(ask([&](auto done) { api_->renew_instagram_token("IG2", done); }));
  EXPECT_THAT(requests_.wait_for(3).at(2),
              StartsWith("GET /ig/refresh_access_token?grant_type=ig_refresh_token&"
                         "access_token=IG2 HTTP/1.1\r\n"));
}

TEST_F(login_api_test, exchanges_instagrams_code_by_a_form) {
  serve(R"({"data":[{"access_token":"IG1","user_id":"178","permissions":"x"}]})");
  const auto token = instagram();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->access_token, "IG1");
  EXPECT_THAT(request(), StartsWith("POST /login/oauth/access_token HTTP/1.1\r\n"));
  EXPECT_THAT(request(), HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_THAT(request(), testing::EndsWith(
                             "client_id=2&client_secret=s2&grant_type=authorization_code&redirect_"
                             "uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1&code=c%2F1"));
}

TEST_F(login_api_test, takes_instagrams_older_answer) {
  serve(R"({"access_token":"IG1","user_id":178})");
  EXPECT_EQ(instagram()->access_token, "IG1");
}

TEST_F(login_api_test, tells_a_code_that_is_refused_from_an_app_that_is) {
  serve(R"({"error":{"message":"This authorization code has expired.","code":100}})",
        "400 Bad Request");
  auto refused = sign_up();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errors.at(0).field, "code");
  EXPECT_EQ(refused.error().errors.at(0).code, "refused");
  TearDown();
  serve(R"({"error":{"message":"Error validating client secret.","code":1}})", "400 Bad Request");
  refused = sign_up();
  EXPECT_EQ(refused.error().code, "meta_error");
  EXPECT_THAT(refused.error().detail, Not(HasSubstr("s&1")));
}

TEST_F(login_api_test, reads_instagrams_own_errors) {
  serve(
      R"({"error_type":"OAuthException","code":400,"error_message":"Invalid authorization code"})",
      "400 Bad Request");
  EXPECT_EQ(instagram().error().errors.at(0).field, "code");
  TearDown();
  serve(R"({"error_type":"OAuthException","code":400,"error_message":"Invalid platform app"})",
        "400 Bad Request");
  EXPECT_EQ(instagram().error().code, "meta_error");
}

TEST_F(login_api_test, takes_no_answer_without_a_token) {
  serve(R"({"token_type":"bearer"})");
  EXPECT_EQ(sign_up().error().code, "meta_unreachable");
  TearDown();
  serve("<html>", "500 Internal Server Error");
  EXPECT_EQ(sign_up().error().code, "meta_unreachable");
}

}  // namespace
}  // namespace omnistream::http::client
