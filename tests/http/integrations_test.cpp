#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using testing::ElementsAre;
using json = nlohmann::json;

class Integrations : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest = "",
                  const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/integrations" + rest, body);
  }

  simulated_meta meta;
  api_server server{{.adjust = [this](config::settings& of) { of.meta_api_url = meta.url(); }}};
  test_tenant tenant = server.make_tenant();
};

TEST_F(Integrations, OfAChannelThatIsNotConnectedAreEmpty) {
  EXPECT_EQ(call("GET").json(), json::array());
  for (const std::string channel : {"whatsapp", "messenger", "instagram", "email"})
    EXPECT_EQ(call("GET", "/" + channel).json(),
              json({{"channel", channel}, {"is_active", false}, {"config", json::object()}}));
  EXPECT_EQ(call("GET", "/fax").status, 404);
  EXPECT_EQ(call("PUT", "/fax", json::object()).status, 404);
  EXPECT_EQ(call("DELETE", "/email").status, 404);
}

TEST_F(Integrations, ConnectAChannelThenChangeIt) {
  const auto made =
      call("PUT", "/email",
           {{"config", {{"address", "Help@shop.example"}, {"smtp_password", "a-long-secret"}}}});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json()["is_active"], true);
  EXPECT_EQ(made.json()["config"]["smtp_password"], "***cret");
  const auto changed =
      call("PUT", "/email",
           {{"is_active", false}, {"config", {{"smtp_password", "***cret"}, {"port", 25}}}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json()["id"], made.json()["id"]);
  EXPECT_EQ(changed.json()["is_active"], false);
  EXPECT_EQ(changed.json()["config"],
            json({{"address", "Help@shop.example"}, {"smtp_password", "***cret"}, {"port", 25}}));
  EXPECT_EQ(call("GET").json(), json::array({changed.json()}));
  const auto accounts = server.call(tenant.api_key, "GET", "/api/integration-accounts").json();
  ASSERT_EQ(accounts.size(), 1U);
  EXPECT_EQ(accounts[0]["account_key"], "help@shop.example");
}

TEST_F(Integrations, OfMetaNeedWhatTheirAccountsNeed) {
  EXPECT_THAT(call("PUT", "/messenger", {{"config", {{"access_token", "x"}}}}).wrong_fields(),
              ElementsAre("config.page_id:required"));
  EXPECT_THAT(call("PUT", "/messenger", {{"config", {{"page_id", "880001"}}}}).wrong_fields(),
              ElementsAre("config.access_token:required"));
  const json page{{"page_id", "880001"}, {"access_token", simulated_meta::token}};
  EXPECT_EQ(call("PUT", "/messenger", {{"config", page}}).status, 200);
  auto instagram = page;
  instagram["instagram_id"] = "178414880001";
  EXPECT_EQ(call("PUT", "/instagram", {{"config", instagram}}).status, 200);
  const auto whatsapp = call("PUT", "/whatsapp",
                             {{"config",
                               {{"phone_number_id", "777001"},
                                {"waba_id", "102"},
                                {"access_token", simulated_meta::token}}}});
  ASSERT_EQ(whatsapp.status, 200) << whatsapp.body;
  EXPECT_EQ(whatsapp.json()["config"]["phone_number_id"], "777001");
  EXPECT_EQ(call("GET").json().size(), 3U);
}

TEST_F(Integrations, KeepWhatNamesThem) {
  ASSERT_EQ(call("PUT", "/email", {{"config", {{"address", "a@shop.example"}}}}).status, 200);
  EXPECT_EQ(call("PUT", "/email", {{"config", {{"address", "A@shop.example"}}}}).status, 200);
  EXPECT_THAT(call("PUT", "/email", {{"config", {{"address", "b@shop.example"}}}}).wrong_fields(),
              ElementsAre("config.address:immutable"));
}

TEST_F(Integrations, OfAnAddressAreTheServersOwnersWhereAnybodyMayRegister) {
  const auto other = server.make_tenant("Other");
  EXPECT_THAT(server
                  .call(other.api_key, "PUT", "/api/integrations/email",
                        {{"config", {{"address", "b@shop.example"}}}})
                  .wrong_fields(),
              ElementsAre("account_key:not_proven"));
}

TEST_F(Integrations, AreDisconnected) {
  ASSERT_EQ(call("PUT", "/email", {{"config", {{"address", "a@shop.example"}}}}).status, 200);
  EXPECT_EQ(call("DELETE", "/email").status, 200);
  EXPECT_EQ(call("GET").json(), json::array());
}

TEST_F(Integrations, AreOfTheTenantAndForWhoMay) {
  ASSERT_EQ(call("PUT", "/email", {{"config", {{"address", "a@shop.example"}}}}).status, 200);
  const auto other = server.make_tenant("Other");
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/integrations").json(), json::array());
  EXPECT_EQ(server.call(other.api_key, "DELETE", "/api/integrations/email").status, 404);
  EXPECT_EQ(server
                .call(other.api_key, "PUT", "/api/integrations/email",
                      {{"config", {{"address", "a@shop.example"}}}})
                .code(),
            "account_exists");
  const auto [agent, key] = server.make_agent(tenant.id, "agent@shop.example");
  EXPECT_EQ(server.call(key, "GET", "/api/integrations").status, 403);
  EXPECT_EQ(server.call(key, "PUT", "/api/integrations/email", json::object()).status, 403);
}

}  // namespace
}  // namespace omnistream::test
