#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/api/password_work.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

header_lines with_cookie(const std::string& token) {
  return {{"Cookie", "theme=dark; omnistream_session=" + token}};
}
header_lines with_bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

class Auth : public testing::Test {
 protected:
  api_answer log_in(const std::string& email, const std::string& password = api_server::password,
                    header_lines headers = {}) {
    const json body{{"email", email}, {"password", password}};
    return server.send("POST", "/api/auth/login", body.dump(), headers);
  }
  std::string token_of(const std::string& email) { return log_in(email).json().value("token", ""); }
  int me(const header_lines& headers) {
    return server.send("GET", "/api/auth/me", "", headers).status;
  }

  api_server server;
  test_tenant tenant = server.make_tenant();
};

TEST_F(Auth, LoginBeginsASession) {
  const auto got = log_in("  " + tenant.email + " ");
  ASSERT_EQ(got.status, 200) << got.body;
  const auto session = got.json();
  EXPECT_EQ(session["agent"]["id"], tenant.agent_id.to_string());
  EXPECT_EQ(session["agent"]["tenant"]["name"], "Toko Maju");
  EXPECT_EQ(session["agent"]["can_broadcast"], true);
  const auto cookie = got.header("Set-Cookie");
  const std::string token = session["token"];
  EXPECT_THAT(cookie, HasSubstr("omnistream_session=" + token + ";"));
  for (const auto* word : {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"})
    EXPECT_THAT(cookie, HasSubstr(word));
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
  EXPECT_EQ(me(with_cookie(token)), 200);
  EXPECT_EQ(me(with_bearer(token)), 200);
}

TEST_F(Auth, TheCookieIsSecureBehindHttps) {
  const auto got = log_in(tenant.email, api_server::password, {{"X-Forwarded-Proto", "https"}});
  EXPECT_THAT(got.header("Set-Cookie"), HasSubstr("; Secure"));
}

TEST_F(Auth, EmailsAreComparedWithoutCase) {
  std::string shouted;
  for (const char c : tenant.email)
    shouted += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(log_in(shouted).status, 200);
}

TEST_F(Auth, WrongPasswordAndUnknownEmailLookTheSame) {
  auto wrong = log_in(tenant.email, "not the password").json();
  auto unknown = log_in("nobody@toko.example", "not the password").json();
  EXPECT_EQ(wrong["code"], "wrong_credentials");
  wrong.erase("request_id");
  unknown.erase("request_id");
  EXPECT_EQ(wrong, unknown);
  // Both compare with a hash of the same cost: the stored one, or this.
  const std::string dummy(http::api::nobodys_password_hash());
  EXPECT_FALSE(crypto::password_needs_rehash(dummy));
  EXPECT_EQ(dummy.size(), crypto::hash_password("any").size());
}

TEST_F(Auth, LoginNamesEveryWrongField) {
  const auto got = server.call("", "POST", "/api/auth/login", {{"email", "no address"}, {"x", 1}});
  EXPECT_EQ(got.status, 422);
  EXPECT_THAT(got.wrong_fields(),
              UnorderedElementsAre("email:bad_format", "password:required", "x:unknown_field"));
}

TEST_F(Auth, AnInactiveAgentCannotLogIn) {
  const auto token = token_of(tenant.email);
  server.database().sql("update agents set is_active = false");
  server.services().identities.forget_all();
  EXPECT_EQ(log_in(tenant.email).code(), "agent_inactive");
  EXPECT_EQ(log_in(tenant.email, "not the password").code(), "wrong_credentials");
  EXPECT_EQ(me(with_bearer(token)), 401);
}

TEST_F(Auth, RefusesTokensThatAreNotOurs) {
  const auto good = token_of(tenant.email);
  const auto dot = good.find('.');
  const auto second_dot = good.find('.', dot + 1);
  const auto payload = good.substr(dot, second_dot - dot + 1);
  auto tampered = good;
  tampered[second_dot + 5] = tampered[second_dot + 5] == 'A' ? 'B' : 'A';
  const auto session = uuid::parse(server.database().sql("select id from sessions limit 1"));
  ASSERT_TRUE(session);
  auto& tokens = server.services().tokens;
  const auto soon = system_now() + std::chrono::hours(1);
  const http::api::session_tokens foreign(crypto::key256::random());
  const std::string forged[] = {
      "",
      "x",
      "a.b.c",
      tampered,
      good.substr(0, second_dot + 1),
      crypto::base64url_encode(R"({"alg":"none","typ":"JWT"})") + payload,
      crypto::base64url_encode(R"({"alg":"none","typ":"JWT"})") + payload +
          good.substr(second_dot + 1),
      foreign.issue(*session, soon),
      tokens.issue(*session, system_now() - std::chrono::seconds(2)),
      tokens.issue(uuid::v7(system_now()), soon),
      std::string(5'000, 'a'),
  };
  ASSERT_EQ(me(with_bearer(good)), 200);
  ASSERT_EQ(me(with_bearer(tokens.issue(*session, soon))), 200);
  for (const auto& one : forged) {
    EXPECT_EQ(me(with_bearer(one)), 401) << one;
    EXPECT_EQ(me(with_cookie(one)), 401) << one;
  }
}

TEST_F(Auth, ASessionEndsWithItsTime) {
  const auto token = token_of(tenant.email);
  server.database().sql("update sessions set expires_at = now() - interval '1 second'");
  server.services().identities.forget_all();
  EXPECT_EQ(me(with_bearer(token)), 401);
  // The next login sweeps it away.
  EXPECT_EQ(log_in(tenant.email).status, 200);
  EXPECT_EQ(server.database().sql("select count(*) from sessions"), "1");
}

TEST_F(Auth, SessionsOfOneAgentAreBounded) {
  const auto ids = "'" + tenant.id.to_string() + "', '" + tenant.agent_id.to_string() + "'";
  server.database().sql("insert into sessions (tenant_id, agent_id, expires_at) select " + ids +
                        ", now() + interval '1 hour' from generate_series(1, 150)");
  const auto token = token_of(tenant.email);
  EXPECT_EQ(server.database().sql("select count(*) from sessions"), "100");
  EXPECT_EQ(me(with_bearer(token)), 200);
}

TEST_F(Auth, LogoutEndsTheSessionAndItsTokens) {
  const auto token = token_of(tenant.email);
  const auto other = token_of(tenant.email);
  const auto fresh = server.send("GET", "/api/auth/token", "", with_cookie(token));
  const std::string fresh_token = fresh.json()["token"];
  EXPECT_EQ(me(with_bearer(fresh_token)), 200);
  const auto got = server.send("POST", "/api/auth/logout", "", with_cookie(token));
  EXPECT_EQ(got.status, 200);
  EXPECT_THAT(got.header("Set-Cookie"), HasSubstr("omnistream_session=;"));
  EXPECT_THAT(got.header("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(me(with_cookie(token)), 401);
  EXPECT_EQ(me(with_bearer(fresh_token)), 401);
  EXPECT_EQ(me(with_bearer(other)), 200) << "another session lives on";
}

TEST_F(Auth, AFreshTokenEndsNoLaterThanItsSession) {
  const auto token = token_of(tenant.email);
  const auto ends = [&] {
    const auto got = server.send("GET", "/api/auth/token", "", with_bearer(token));
    return *parse_rfc3339(got.json().value("expires_at", ""));
  };
  const auto by_itself = ends();
  EXPECT_LE(by_itself, system_now() + std::chrono::hours(1));
  server.database().sql("update sessions set expires_at = now() + interval '5 minutes'");
  const auto with_session = ends();
  EXPECT_LE(with_session, system_now() + std::chrono::minutes(5));
}

TEST_F(Auth, AnApiKeyHasNoSession) {
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/auth/token").code(), "no_session");
  EXPECT_EQ(server.call(tenant.api_key, "POST", "/api/auth/logout").status, 200);
  const auto profile = server.call(tenant.api_key, "GET", "/api/auth/me").json();
  EXPECT_EQ(profile["email"], tenant.email);
  EXPECT_EQ(profile["role"], "admin");
  EXPECT_EQ(profile["tenant"]["country"], "ID");
  EXPECT_THAT(profile["permissions"], testing::Contains("campaigns.manage"));
}

TEST_F(Auth, RegistersATenant) {
  const json wanted{{"tenant_name", "Warung Baru"},
                    {"email", " Owner@Warung.Example "},
                    {"password", "a long password"},
                    {"country", "SG"}};
  const auto got = server.call("", "POST", "/api/auth/register", wanted);
  ASSERT_EQ(got.status, 201) << got.body;
  const auto agent = got.json()["agent"];
  EXPECT_EQ(agent["email"], "owner@warung.example");
  EXPECT_EQ(agent["name"], "owner");
  EXPECT_EQ(agent["role"], "admin");
  EXPECT_EQ(agent["can_broadcast"], true);
  EXPECT_EQ(agent["tenant"]["country"], "SG");
  EXPECT_THAT(got.header("Set-Cookie"), HasSubstr("omnistream_session="));
  EXPECT_EQ(me(with_bearer(got.json()["token"])), 200);
  EXPECT_EQ(log_in("owner@warung.example", "a long password").status, 200);
  EXPECT_EQ(server.call("", "POST", "/api/auth/register", wanted).code(), "email_taken");
  EXPECT_EQ(server.database().sql("select count(*) from tenants"), "2") << "no half tenant is left";
}

TEST_F(Auth, RegisteringNamesEveryWrongField) {
  const auto got = server.call("", "POST", "/api/auth/register",
                               {{"tenant_name", ""},
                                {"email", "x@"},
                                {"password", "short"},
                                {"country", "Indonesia"},
                                {"name", 7}});
  EXPECT_THAT(got.wrong_fields(),
              UnorderedElementsAre("tenant_name:too_short", "email:bad_format",
                                   "password:too_short", "country:bad_format", "name:wrong_type"));
  json wanted{{"tenant_name", "T"}, {"email", "a@b.example"}, {"password", "a long password"}};
  wanted["country"] = "XX";
  EXPECT_THAT(server.call("", "POST", "/api/auth/register", wanted).wrong_fields(),
              ElementsAre("country:unknown_country"));
  wanted["country"] = "ID";
  std::string wide;  // 1,024 characters of two bytes each
  for (int i = 0; i < 1'024; ++i) wide += "\xc3\xa9";
  wanted["password"] = wide;
  EXPECT_THAT(server.call("", "POST", "/api/auth/register", wanted).wrong_fields(),
              ElementsAre("password:too_long"));
}

TEST(AuthSettings, RegistrationCanBeClosed) {
  const api_server server(
      {.adjust = [](config::settings& values) { values.registration_enabled = false; }});
  const auto got = server.call("", "POST", "/api/auth/register", json::object());
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.code(), "registration_closed");
}

TEST(AuthSettings, GuessingIsSlowedDown) {
  const auto minutes_on = std::make_shared<std::atomic<int>>(0);
  api_server server(
      {.now = [minutes_on] { return system_now() + std::chrono::minutes(minutes_on->load()); }});
  const auto tenant = server.make_tenant();
  const auto log_in = [&](const std::string& email, const std::string& password) {
    return server.call("", "POST", "/api/auth/login", {{"email", email}, {"password", password}});
  };
  for (int i = 0; i < 10; ++i) ASSERT_EQ(log_in(tenant.email, "a guess").status, 401);
  const auto refused = log_in(tenant.email, api_server::password);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many_attempts");
  EXPECT_GT(std::atoi(refused.header("Retry-After").c_str()), 0);
  EXPECT_EQ(log_in("other@toko.example", "a guess").status, 401) << "others are not held up";
  *minutes_on = 16;
  EXPECT_EQ(log_in(tenant.email, api_server::password).status, 200);
}

TEST(AuthSettings, GuessesThroughATrustedProxyCountForTheirSender) {
  for (const bool trusted : {true, false}) {
    api_server server({.adjust = [&](config::settings& values) {
      if (trusted) values.http_trusted_proxies = "127.0.0.0/8, ::1";
    }});
    const auto tenant = server.make_tenant();
    const auto log_in = [&](const std::string& from, const std::string& password) {
      return server
          .send("POST", "/api/auth/login",
                json{{"email", tenant.email}, {"password", password}}.dump(),
                {{"X-Forwarded-For", "192.0.2.1, " + from}})
          .status;
    };
    for (int i = 0; i < 10; ++i) ASSERT_EQ(log_in("203.0.113.7", "a guess"), 401);
    EXPECT_EQ(log_in("203.0.113.7", api_server::password), 429);
    EXPECT_EQ(log_in("198.51.100.1", api_server::password), trusted ? 200 : 429);
  }
}

TEST(AuthSettings, TooManyHashesAtOnceAreRefused) {
  api_server server;
  constexpr int submitted = 200;
  std::atomic<int> finished{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < submitted; ++i)
    http::api::verify_password(server.services(), std::nullopt, secret("a guess"),
                               [&](result<http::api::password_verdict> verdict) {
                                 if (!verdict) {
                                   EXPECT_EQ(verdict.error().status, 503);
                                   EXPECT_TRUE(verdict.error().retry_after_seconds);
                                   ++refused;
                                 } else {
                                   EXPECT_FALSE(verdict->fits);
                                 }
                                 ++finished;
                               });
  EXPECT_TRUE(eventually([&] { return finished == submitted; }));
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace omnistream::test
