#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::UnorderedElementsAre;

class MessengerMenu : public testing::Test {
 protected:
  static constexpr const char* path = "/api/integrations/messenger/persistent-menu";

  api_answer call(const std::string& method, const json& body = nullptr,
                  const std::string& query = "") const {
    return server.call(tenant.api_key, method, path + query, body);
  }
  std::string connect(const std::string& page) const {
    return server
        .call(tenant.api_key, "POST", "/api/integration-accounts",
              {{"channel", "messenger"},
               {"account_key", page},
               {"display_name", "Toko"},
               {"config", {{"access_token", simulated_meta::token}}}})
        .json()["id"];
  }
  json profile(const std::string& page) const {
    return meta.get("/v23.0/" + page + "/messenger_profile?fields=persistent_menu,get_started");
  }
  static json menu() {
    return {{{"locale", "default"},
             {"composer_input_disabled", false},
             {"call_to_actions",
              {{{"type", "postback"}, {"title", "Talk to us"}, {"payload", "CARE"}},
               {{"type", "web_url"},
                {"title", "Shop"},
                {"url", "https://shop.example"},
                {"webview_height_ratio", "full"}}}}}};
  }

  simulated_meta meta;
  api_server server{{.adjust = [this](config::settings& of) { of.meta_api_url = meta.url(); }}};
  test_tenant tenant = server.make_tenant();
};

TEST_F(MessengerMenu, IsSetShownAndTakenAway) {
  const auto account = connect("600");
  const json none{
      {"integration_account_id", account}, {"page_id", "600"}, {"persistent_menu", json::array()}};
  EXPECT_EQ(call("GET").json(), none);
  auto with_menu = none;
  with_menu["persistent_menu"] = menu();
  const auto set = call("POST", {{"persistent_menu", menu()}});
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.json(), with_menu);
  EXPECT_EQ(call("GET").json(), with_menu);
  EXPECT_EQ(profile("600")["data"][0]["get_started"]["payload"], "GET_STARTED");
  const auto gone = call("POST", {{"persistent_menu", json::array()}});
  ASSERT_EQ(gone.status, 200) << gone.body;
  EXPECT_EQ(gone.json(), none);
  EXPECT_EQ(call("GET").json(), none);
  EXPECT_TRUE(profile("600")["data"][0].contains("get_started"));
}

TEST_F(MessengerMenu, LeavesTheButtonToStart) {
  connect("600");
  meta.post("/v23.0/600/messenger_profile", {{"get_started", {{"payload", "OWN"}}}});
  ASSERT_EQ(call("POST", {{"persistent_menu", menu()}}).status, 200);
  EXPECT_EQ(profile("600")["data"][0]["get_started"]["payload"], "OWN");
}

TEST_F(MessengerMenu, IsOfTheNamedAccount) {
  connect("600");
  const auto second = connect("601");
  EXPECT_EQ(call("POST", {{"integration_account_id", second}, {"persistent_menu", menu()}})
                .json()["page_id"],
            "601");
  EXPECT_EQ(call("GET").json()["persistent_menu"], json::array());
  EXPECT_EQ(call("GET", nullptr, "?integration_account_id=" + second).json()["persistent_menu"],
            menu());
  const auto other = server.make_tenant("Other");
  EXPECT_EQ(server.call(other.api_key, "GET", path).status, 404);
  EXPECT_EQ(
      server.call(other.api_key, "GET", std::string(path) + "?integration_account_id=" + second)
          .status,
      404);
  EXPECT_EQ(server
                .call(other.api_key, "POST", path,
                      {{"integration_account_id", second}, {"persistent_menu", json::array()}})
                .status,
            404);
}

TEST_F(MessengerMenu, SaysAllThatIsWrong) {
  auto wrong = menu();
  wrong[0]["locale"] = "id_ID";
  EXPECT_THAT(call("POST", {{"persistent_menu", wrong}}).wrong_fields(),
              UnorderedElementsAre("persistent_menu:required"));
  wrong = menu();
  auto& items = wrong[0]["call_to_actions"];
  items[0].erase("payload");
  items[0]["title"] = std::string(31, 'x');
  items[1]["payload"] = "x";
  EXPECT_THAT(call("POST", {{"persistent_menu", wrong}}).wrong_fields(),
              testing::Contains("persistent_menu.0.call_to_actions.0.title:too_long"));
  items[0]["title"] = "x";
  EXPECT_THAT(call("POST", {{"persistent_menu", wrong}}).wrong_fields(),
              UnorderedElementsAre("persistent_menu.0.call_to_actions.0.payload:required"));
  items[0]["payload"] = "x";
  EXPECT_THAT(call("POST", {{"persistent_menu", wrong}}).wrong_fields(),
              UnorderedElementsAre("persistent_menu.0.call_to_actions.1.payload:not_of_type"));
  EXPECT_THAT(call("POST", json::object()).wrong_fields(),
              UnorderedElementsAre("persistent_menu:required"));
}

TEST_F(MessengerMenu, TellsWhatMetaRefuses) {
  connect("600");
  meta.fault({{"kind", "expire_token"}});
  EXPECT_EQ(call("GET").code(), "meta_token_refused");
  EXPECT_EQ(call("POST", {{"persistent_menu", menu()}}).code(), "meta_token_refused");
  server.database().sql("update integration_accounts set secrets = '{}'");
  EXPECT_EQ(call("GET").code(), "token_unreadable");
}

TEST_F(MessengerMenu, NeedsPermission) {
  connect("600");
  const auto [supervisor, key] = server.make_agent(tenant.id, "sup@toko.example", "supervisor");
  EXPECT_EQ(server.call(key, "GET", path).status, 200);
  EXPECT_EQ(server.call(key, "POST", path, {{"persistent_menu", menu()}}).status, 403);
  const auto [agent, agent_key] = server.make_agent(tenant.id, "agent@toko.example");
  EXPECT_EQ(server.call(agent_key, "GET", path).status, 403);
}

}  // namespace
}  // namespace omnistream::test
