#include <set>

#include "tests/http/logins_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class InstagramLogin : public logins_fixture {
 protected:
  json config(const test_tenant& who) const {
    return call_as(who, "GET", "instagram/oauth/config").json();
  }
  std::string login_code(const std::string& user = "17841400001") const {
    return code({{"kind", "instagram"},
                 {"user_id", user},
                 {"username", "toko.maju"},
                 {"redirect_uri", redirect_uri}});
  }
  api_answer connect(const test_tenant& who, const json& body) const {
    return call_as(who, "POST", "instagram/oauth/connect", body);
  }
  json login(const std::string& user = "17841400001") const {
    return {{"code", login_code(user)}, {"state", config(tenant)["state"]}};
  }
};

TEST_F(InstagramLogin, BeginsAtInstagram) {
  const auto shown = config(tenant);
  EXPECT_EQ(shown["app_id"], "500000000000001");
  EXPECT_EQ(shown["redirect_uri"], redirect_uri);
  EXPECT_EQ(shown["authorize_url"],
            "https://www.instagram.com/oauth/authorize?client_id=500000000000001"
            "&redirect_uri=https%3A%2F%2Fapp.example%2Fconnected&response_type=code&state=" +
                shown["state"].get<std::string>() +
                "&scope=instagram_business_basic%2Cinstagram_business_manage_messages");
  EXPECT_NE(config(tenant)["state"], shown["state"]);
}

TEST_F(InstagramLogin, ConnectsAnAccount) {
  const auto made = connect(tenant, login());
  ASSERT_EQ(made.status, 201) << made.body;
  const auto account = made.json();
  EXPECT_EQ(account["channel"], "instagram");
  EXPECT_EQ(account["account_key"], "17841400001");
  EXPECT_EQ(account["display_name"], "@toko.maju");
  EXPECT_EQ(account["config"]["username"], "toko.maju");
  const auto ends = parse_rfc3339(account["config"]["access_expires_at"].get<std::string>());
  ASSERT_TRUE(ends);
  EXPECT_GT(*ends, system_now() + std::chrono::days{59});
  EXPECT_EQ(meta.get("/v23.0/17841400001/subscribed_apps")["data"].size(), 1U);
  EXPECT_EQ(accounts(), json::array({account}));
}

TEST_F(InstagramLogin, TakesACodeAsItStandsInTheAddress) {
  auto wanted = login();
  wanted["code"] = wanted["code"].get<std::string>() + "#_";
  EXPECT_EQ(connect(tenant, wanted).status, 201);
}

TEST_F(InstagramLogin, RenewsAnAccountAlsoOneOfAPage) {
  const auto of_page =
      server.call(tenant.api_key, "POST", "/api/integration-accounts",
                  {{"channel", "instagram"},
                   {"account_key", "178414880001"},
                   {"display_name", "Toko"},
                   {"config", {{"page_id", "880001"}, {"access_token", simulated_meta::token}}}});
  ASSERT_EQ(of_page.status, 201) << of_page.body;
  const auto again = connect(tenant, login("178414880001"));
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json()["id"], of_page.json()["id"]);
  EXPECT_EQ(again.json()["display_name"], "Toko");
  EXPECT_FALSE(again.json()["config"].contains("page_id"));
  EXPECT_TRUE(again.json()["config"].contains("access_expires_at"));
}

TEST_F(InstagramLogin, TakesAStateOnceAndFromWhoBeganTheLogin) {
  const auto used = login();
  ASSERT_EQ(connect(tenant, used).status, 201);
  const auto with_state = [&](const json& state) {
    return connect(tenant, {{"code", login_code()}, {"state", state}});
  };
  EXPECT_THAT(with_state(used["state"]).wrong_fields(), ElementsAre("state:used"));
  EXPECT_THAT(with_state(config(other)["state"]).wrong_fields(), ElementsAre("state:invalid"));
  EXPECT_THAT(with_state(call("GET", "messenger/oauth/config").json()["state"]).wrong_fields(),
              ElementsAre("state:invalid"));
  EXPECT_THAT(with_state("nonsense").wrong_fields(), ElementsAre("state:invalid"));
  const auto [colleague, key] = server.make_agent(tenant.id, "admin2@toko.example", "admin");
  const auto theirs = server.call(key, "GET", "/api/integrations/instagram/oauth/config").json();
  EXPECT_THAT(with_state(theirs["state"]).wrong_fields(), ElementsAre("state:invalid"));
  auto changed = config(tenant)["state"].get<std::string>();
  changed[3] = changed[3] == 'A' ? 'B' : 'A';
  EXPECT_THAT(with_state(changed).wrong_fields(), ElementsAre("state:invalid"));
  const auto old = config(tenant)["state"];
  later = std::chrono::minutes{16};
  EXPECT_THAT(with_state(old).wrong_fields(), ElementsAre("state:expired"));
  EXPECT_EQ(with_state(config(tenant)["state"]).status, 200);
}

TEST_F(InstagramLogin, SaysWhatInstagramRefuses) {
  const auto body = login();
  ASSERT_EQ(connect(tenant, body).status, 201);
  const auto again = connect(tenant, {{"code", body["code"]}, {"state", config(tenant)["state"]}});
  EXPECT_THAT(again.wrong_fields(), ElementsAre("code:refused"));
  EXPECT_THAT(again.body, HasSubstr("has been used"));
  meta.fault({{"kind", "http_500"}, {"count", 1}});
  EXPECT_EQ(connect(tenant, login()).code(), "meta_unreachable");
  meta.clear_faults();
}

TEST_F(InstagramLogin, LeavesTheAccountToItsTenant) {
  ASSERT_EQ(connect(tenant, login()).status, 201);
  EXPECT_EQ(connect(other, {{"code", login_code()}, {"state", config(other)["state"]}}).code(),
            "account_exists");
}

TEST_F(InstagramLogin, KeepsItsSecrets) {
  testing::internal::CaptureStderr();
  const auto body = login();
  auto seen = connect(tenant, body).body + connect(tenant, body).body;
  seen += testing::internal::GetCapturedStderr() + accounts().dump();
  seen += sql("select json_agg(to_json(a)) from integration_accounts a");
  for (const auto& secret :
       std::set<std::string>{"simulated-login-token", body["code"], simulated_meta::app_secret})
    EXPECT_THAT(seen, Not(HasSubstr(secret)));
}

TEST(InstagramLoginSettings, AreNeeded) {
  api_server server;
  const auto tenant = server.make_tenant();
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/integrations/instagram/oauth/config").json(),
            json({{"is_available", false}}));
  EXPECT_EQ(server
                .call(tenant.api_key, "POST", "/api/integrations/instagram/oauth/connect",
                      {{"code", "x"}, {"state", "y"}})
                .code(),
            "login_not_available");
}

}  // namespace
}  // namespace omnistream::test
