#include "http/api/account_secrets.hpp"
#include "tests/http/logins_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string waba = "102290129340398";

class EmbeddedSignup : public logins_fixture {
 protected:
  std::string signup_code(const std::string& number) const {
    return code({{"kind", "whatsapp"}, {"waba_id", waba}, {"phone_number_id", number}});
  }
  api_answer complete(const test_tenant& who, const json& body) const {
    return call_as(who, "POST", "whatsapp/embedded-signup", body);
  }
  json signup(const std::string& number) const {
    return {{"code", signup_code(number)}, {"waba_id", waba}, {"phone_number_id", number}};
  }
  std::string token_of(const std::string& account) {
    const auto sealed = sql(
        "select secrets ->> 'access_token' from integration_accounts where id = '" + account + "'");
    return *http::api::open_secret(key(), *uuid::parse(account), "access_token", sealed);
  }
};

TEST_F(EmbeddedSignup, ShowsWhatTheWindowNeeds) {
  EXPECT_EQ(call("GET", "whatsapp/embedded-signup/config").json(),
            json({{"is_available", true},
                  {"app_id", "400000000000001"},
                  {"config_id", "600000000000001"},
                  {"graph_api_version", "v23.0"}}));
}

TEST_F(EmbeddedSignup, ConnectsANumber) {
  const auto made = complete(tenant, signup("777001"));
  ASSERT_EQ(made.status, 201) << made.body;
  const auto account = made.json();
  EXPECT_EQ(account["account_key"], "wa-777001");
  EXPECT_EQ(account["display_name"], "Simulated Business");
  EXPECT_EQ(account["is_default"], true);
  EXPECT_EQ(account["config"]["waba_id"], waba);
  EXPECT_EQ(accounts(), json::array({account}));
  EXPECT_EQ(meta.get("/v23.0/" + waba + "/subscribed_apps")["data"].size(), 1U);
  EXPECT_EQ(meta.get("/v23.0/777001?fields=status,platform_type")["status"], "CONNECTED");
}

TEST_F(EmbeddedSignup, RenewsANumberThatIsConnected) {
  auto first = signup("777001");
  first["display_name"] = "Toko";
  first["pin"] = "483920";
  const auto made = complete(tenant, first).json();
  const std::string id = made["id"];
  const auto old_token = token_of(id);
  sql("update integration_accounts set is_active = false, pause_code = 'account_refused', "
      "pause_reason = 'Token.', paused_at = now()");
  const auto again = complete(tenant, signup("777001"));
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json()["id"], id);
  EXPECT_EQ(again.json()["display_name"], "Toko");
  EXPECT_EQ(again.json()["is_active"], true);
  EXPECT_FALSE(again.json().contains("pause_code"));
  EXPECT_NE(token_of(id), old_token);
  EXPECT_EQ(accounts().size(), 1U);
  const auto pin = sql("select secrets ->> 'pin' from integration_accounts");
  EXPECT_EQ(http::api::open_secret(key(), *uuid::parse(id), "pin", pin), "483920");
}

TEST_F(EmbeddedSignup, FindsTheOnlyNumber) {
  auto body = signup("777001");
  body.erase("phone_number_id");
  EXPECT_EQ(complete(tenant, body).status, 201);
  body["code"] = signup_code("777002");
  EXPECT_THAT(complete(tenant, body).wrong_fields(), ElementsAre("phone_number_id:required"));
}

TEST_F(EmbeddedSignup, TakesOnlyWhatTheLoginGranted) {
  auto foreign = signup("777001");
  foreign["waba_id"] = "999";
  EXPECT_THAT(complete(tenant, foreign).wrong_fields(), ElementsAre("waba_id:refused"));
  auto elsewhere = signup("777001");
  elsewhere["phone_number_id"] = "888";
  EXPECT_THAT(complete(tenant, elsewhere).wrong_fields(), ElementsAre("phone_number_id:not_found"));
  EXPECT_EQ(accounts(), json::array());
}

TEST_F(EmbeddedSignup, TakesACodeOnce) {
  const auto body = signup("777001");
  EXPECT_EQ(complete(tenant, body).status, 201);
  const auto again = complete(tenant, body);
  EXPECT_THAT(again.wrong_fields(), ElementsAre("code:refused"));
  EXPECT_THAT(again.body, HasSubstr("has been used"));
  auto wrong = body;
  wrong["code"] = "nonsense";
  EXPECT_THAT(complete(tenant, wrong).wrong_fields(), ElementsAre("code:refused"));
}

TEST_F(EmbeddedSignup, LeavesTheNumberToItsTenant) {
  ASSERT_EQ(complete(tenant, signup("777001")).status, 201);
  const auto before = accounts();
  const auto taken = complete(other, signup("777001"));
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.code(), "account_exists");
  EXPECT_EQ(accounts(), before);
}

TEST_F(EmbeddedSignup, SaysWhatIsWrong) {
  EXPECT_THAT(complete(tenant, {{"waba_id", "x"}, {"pin", "12"}}).wrong_fields(),
              UnorderedElementsAre("code:required", "waba_id:bad_format", "pin:too_short"));
  auto body = signup("777001");
  body["division_id"] = tenant.id.to_string();
  EXPECT_THAT(complete(tenant, body).wrong_fields(), ElementsAre("division_id:not_found"));
  meta.fault({{"kind", "error"}, {"code", 2}, {"count", 1}});
  EXPECT_EQ(complete(tenant, signup("777001")).code(), "meta_unreachable");
  meta.clear_faults();
  EXPECT_EQ(accounts(), json::array());
}

TEST_F(EmbeddedSignup, KeepsItsSecrets) {
  testing::internal::CaptureStderr();
  auto body = signup("777001");
  body["pin"] = "483920";
  auto answers = complete(tenant, body).body;
  answers += complete(tenant, body).body;
  answers += call("GET", "whatsapp/embedded-signup/config").body;
  const auto logged = testing::internal::GetCapturedStderr();
  const auto rows = sql("select json_agg(to_json(a)) from integration_accounts a");
  for (const auto& secret :
       {std::string("simulated-login-token"), std::string("483920"),
        std::string(simulated_meta::app_secret), body["code"].get<std::string>()})
    EXPECT_THAT(answers + logged + rows, Not(HasSubstr(secret)));
}

TEST_F(EmbeddedSignup, NeedsPermission) {
  const auto [supervisor, key] = server.make_agent(tenant.id, "sup@toko.example", "supervisor");
  EXPECT_EQ(server.call(key, "GET", "/api/integrations/whatsapp/embedded-signup/config").status,
            403);
  EXPECT_EQ(server
                .call(key, "POST", "/api/integrations/whatsapp/embedded-signup",
                      {{"code", "x"}, {"waba_id", "1"}})
                .status,
            403);
}

TEST(EmbeddedSignupSettings, AreNeeded) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto path = "/api/integrations/whatsapp/embedded-signup";
  EXPECT_EQ(server.call(tenant.api_key, "GET", std::string(path) + "/config").json(),
            json({{"is_available", false}}));
  EXPECT_EQ(server.call(tenant.api_key, "POST", path, {{"code", "x"}, {"waba_id", "1"}}).code(),
            "login_not_available");
}

}  // namespace
}  // namespace omnistream::test
