#include "tests/http/logins_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class MessengerPages : public logins_fixture {
 protected:
  std::string state_of(const test_tenant& who) const {
    return call_as(who, "GET", "messenger/oauth/config").json()["state"];
  }
  std::string login_code(const std::vector<std::string>& pages) const {
    auto granted = json::array();
    for (const auto& id : pages) granted.push_back({{"id", id}, {"name", "Page " + id}});
    return code({{"kind", "messenger"}, {"pages", granted}, {"redirect_uri", redirect_uri}});
  }
  api_answer log_in(const test_tenant& who, const std::vector<std::string>& pages) const {
    return call_as(who, "POST", "messenger/oauth/connect",
                   {{"code", login_code(pages)}, {"state", state_of(who)}});
  }
  api_answer subscribe(const test_tenant& who, const std::vector<std::string>& pages) const {
    return call_as(who, "POST", "messenger/pages/subscribe", {{"page_ids", pages}});
  }
  api_answer disconnect(const test_tenant& who, const std::string& page) const {
    return call_as(who, "POST", "messenger/pages/disconnect", {{"page_id", page}});
  }
  std::size_t subscriptions(const std::string& page) const {
    return meta.get("/v23.0/" + page + "/subscribed_apps")["data"].size();
  }
};

TEST_F(MessengerPages, LoginBeginsAtFacebook) {
  const auto shown = call("GET", "messenger/oauth/config").json();
  EXPECT_EQ(shown["app_id"], "400000000000001");
  EXPECT_THAT(shown["authorize_url"].get<std::string>(),
              HasSubstr("https://www.facebook.com/v23.0/dialog/oauth?client_id=400000000000001"));
  EXPECT_THAT(shown["authorize_url"].get<std::string>(),
              HasSubstr("scope=pages_show_list%2Cpages_messaging"));
}

TEST_F(MessengerPages, AreShownWithoutTheirTokens) {
  ASSERT_EQ(log_in(tenant, {"600", "601"}).status, 200);
  ASSERT_EQ(subscribe(tenant, {"601"}).status, 200);
  const auto shown = log_in(tenant, {"600", "601"});
  ASSERT_EQ(shown.status, 200) << shown.body;
  const auto pages = shown.json()["pages"];
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0], json({{"page_id", "600"},
                            {"name", "Page 600"},
                            {"category", "Clothing store"},
                            {"tasks", {"MESSAGING", "MODERATE", "MANAGE"}},
                            {"is_connected", false}}));
  EXPECT_EQ(pages[1]["is_connected"], true);
  EXPECT_EQ(pages[1]["integration_account_id"], accounts()[0]["id"]);
  EXPECT_THAT(shown.body, Not(HasSubstr("simulated-login-token")));
}

TEST_F(MessengerPages, AreConnectedEachForItself) {
  ASSERT_EQ(log_in(other, {"602"}).status, 200);
  ASSERT_EQ(subscribe(other, {"602"}).json()["succeeded"], 1);
  ASSERT_EQ(log_in(tenant, {"600", "601", "602"}).status, 200);
  const auto done = subscribe(tenant, {"600", "602", "999", "600", "601"});
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.json()["succeeded"], 2);
  EXPECT_EQ(done.json()["failed"], 2);
  const auto results = done.json()["results"];
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0]["account"]["account_key"], "600");
  EXPECT_EQ(results[0]["account"]["display_name"], "Page 600");
  EXPECT_EQ(results[1]["error"]["code"], "account_exists");
  EXPECT_EQ(results[2]["error"]["code"], "meta_error");
  EXPECT_EQ(results[3]["account"]["account_key"], "601");
  EXPECT_EQ(accounts().size(), 2U);
  EXPECT_EQ(subscriptions("600"), 1U);
  EXPECT_EQ(subscriptions("999"), 0U);
}

TEST_F(MessengerPages, NeedALoginOfTheCaller) {
  EXPECT_EQ(subscribe(tenant, {"600"}).code(), "login_needed");
  ASSERT_EQ(log_in(tenant, {"600"}).status, 200);
  const auto [colleague, key] = server.make_agent(tenant.id, "admin2@toko.example", "admin");
  EXPECT_EQ(
      server
          .call(key, "POST", "/api/integrations/messenger/pages/subscribe", {{"page_ids", {"600"}}})
          .code(),
      "login_needed");
  EXPECT_EQ(subscribe(other, {"600"}).code(), "login_needed");
  sql("update messenger_logins set expires_at = now() - interval '1 second'");
  EXPECT_EQ(subscribe(tenant, {"600"}).code(), "login_needed");
  EXPECT_EQ(accounts(), json::array());
}

TEST_F(MessengerPages, AreDisconnectedAndConnectedAgain) {
  ASSERT_EQ(log_in(tenant, {"600"}).status, 200);
  const auto account = subscribe(tenant, {"600"}).json()["results"][0]["account"];
  EXPECT_EQ(disconnect(other, "600").status, 404);
  EXPECT_EQ(disconnect(tenant, "601").status, 404);
  const auto off = disconnect(tenant, "600");
  ASSERT_EQ(off.status, 200) << off.body;
  EXPECT_EQ(off.json()["id"], account["id"]);
  EXPECT_EQ(off.json()["is_active"], false);
  EXPECT_EQ(subscriptions("600"), 0U);
  const auto on = subscribe(tenant, {"600"}).json()["results"][0]["account"];
  EXPECT_EQ(on["id"], account["id"]);
  EXPECT_EQ(on["is_active"], true);
  EXPECT_EQ(subscriptions("600"), 1U);
}

TEST_F(MessengerPages, AreDisconnectedWhateverMetaRefuses) {
  ASSERT_EQ(log_in(tenant, {"600"}).status, 200);
  ASSERT_EQ(subscribe(tenant, {"600"}).status, 200);
  const auto is_active = [&] { return accounts()[0]["is_active"].get<bool>(); };
  meta.fault({{"kind", "http_500"}, {"count", 1}});
  EXPECT_EQ(disconnect(tenant, "600").code(), "meta_unreachable");
  EXPECT_TRUE(is_active());
  for (const auto& fault :
       {json{{"kind", "error"}, {"code", 200}}, json{{"kind", "expire_token"}}}) {
    meta.clear_faults();
    meta.fault(fault);
    sql("update integration_accounts set is_active = true");
    EXPECT_EQ(disconnect(tenant, "600").status, 200) << fault;
    EXPECT_FALSE(is_active()) << fault;
  }
  sql("update integration_accounts set secrets = '{}', is_active = true");
  EXPECT_EQ(disconnect(tenant, "600").status, 200);
  EXPECT_FALSE(is_active());
}

TEST_F(MessengerPages, TakeACodeOnce) {
  const auto used = login_code({"600"});
  const auto connect = [&](const std::string& code) {
    return call("POST", "messenger/oauth/connect", {{"code", code}, {"state", state_of(tenant)}});
  };
  EXPECT_EQ(connect(used).status, 200);
  EXPECT_THAT(connect(used).wrong_fields(), ElementsAre("code:refused"));
  const auto elsewhere = code({{"kind", "messenger"},
                               {"pages", json::array()},
                               {"redirect_uri", "https://elsewhere.example"}});
  const auto refused = connect(elsewhere);
  EXPECT_THAT(refused.wrong_fields(), ElementsAre("code:refused"));
  EXPECT_THAT(refused.body, HasSubstr("redirect_uri"));
}

TEST_F(MessengerPages, KeepTheirSecrets) {
  testing::internal::CaptureStderr();
  auto seen = log_in(tenant, {"600", "601"}).body + subscribe(tenant, {"600", "601"}).body;
  seen += disconnect(tenant, "600").body + testing::internal::GetCapturedStderr();
  seen += sql("select json_agg(to_json(a)) from integration_accounts a");
  seen += sql("select json_agg(to_json(a)) from messenger_logins a");
  for (const auto* secret : {"simulated-login-token", "simulated-code", simulated_meta::app_secret})
    EXPECT_THAT(seen, Not(HasSubstr(secret)));
}

TEST_F(MessengerPages, NeedPermission) {
  const auto [supervisor, key] = server.make_agent(tenant.id, "sup@toko.example", "supervisor");
  const auto status = [&](const std::string& method, const std::string& rest, const json& body) {
    return server.call(key, method, "/api/integrations/messenger/" + rest, body).status;
  };
  EXPECT_EQ(status("GET", "oauth/config", nullptr), 403);
  EXPECT_EQ(status("POST", "oauth/connect", {{"code", "x"}, {"state", "y"}}), 403);
  EXPECT_EQ(status("POST", "pages/subscribe", {{"page_ids", {"600"}}}), 403);
  EXPECT_EQ(status("POST", "pages/disconnect", {{"page_id", "600"}}), 403);
}

}  // namespace
}  // namespace omnistream::test
