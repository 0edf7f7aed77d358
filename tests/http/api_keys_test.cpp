#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::UnorderedElementsAre;

class ApiKeys : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest, const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/api-keys" + rest, body);
  }

  api_server server;
  test_tenant tenant = server.make_tenant();
};

TEST_F(ApiKeys, AreShownOnce) {
  const auto made = call("POST", "", {{"name", "Shop"}, {"expires_at", "2099-01-01T00:00:00Z"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string key = made.json()["key"];
  EXPECT_THAT(key, MatchesRegex("osk_[A-Za-z0-9_-]+"));
  EXPECT_EQ(key.size(), 47U);
  EXPECT_EQ(made.json()["prefix"], key.substr(0, 12));
  EXPECT_EQ(made.json()["expires_at"], "2099-01-01T00:00:00.000Z");
  EXPECT_EQ(server.call(key, "GET", "/api/auth/me").status, 200);
  const auto list = call("GET", "");
  EXPECT_THAT(list.body, Not(HasSubstr(key)));
  ASSERT_EQ(list.json().size(), 2U);
  EXPECT_EQ(list.json()[1]["name"], "Shop");
  EXPECT_TRUE(list.json()[1].contains("last_used_at"));
  EXPECT_EQ(server.database().sql("select count(*) from api_keys where strpos(api_keys::text, '" +
                                  key + "') > 0"),
            "0");
}

TEST_F(ApiKeys, AreRevokedAtOnce) {
  const auto made = call("POST", "", {{"name", "Shop"}}).json();
  const std::string key = made["key"];
  const std::string id = made["id"];
  ASSERT_EQ(server.call(key, "GET", "/api/auth/me").status, 200);
  EXPECT_EQ(call("DELETE", "/" + id).status, 200);
  EXPECT_EQ(server.call(key, "GET", "/api/auth/me").status, 401);
  EXPECT_EQ(call("DELETE", "/" + id).status, 404);
}

TEST_F(ApiKeys, EndWithTheirTime) {
  const auto made = call("POST", "", {{"name", "Shop"}, {"expires_at", "2099-01-01T00:00:00Z"}});
  const std::string key = made.json()["key"];
  server.database().sql(
      "update api_keys set expires_at = now() - interval '1 second' where name = 'Shop'");
  EXPECT_EQ(server.call(key, "GET", "/api/auth/me").status, 401);
  EXPECT_THAT(
      call("POST", "", {{"name", "x"}, {"expires_at", "2001-01-01T00:00:00Z"}}).wrong_fields(),
      ElementsAre("expires_at:out_of_range"));
}

TEST_F(ApiKeys, BelongToTheirAgentAlone) {
  const auto made = call("POST", "", {{"name", "Shop"}}).json();
  const std::string path = "/api/api-keys/" + made["id"].get<std::string>();
  const auto [colleague, colleague_key] =
      server.make_agent(tenant.id, "budi@toko.example", "admin");
  const auto foreign = server.make_tenant("Other");
  EXPECT_EQ(server.call(colleague_key, "DELETE", path).status, 404);
  EXPECT_EQ(server.call(foreign.api_key, "DELETE", path).status, 404);
  EXPECT_EQ(server.call(made["key"], "GET", "/api/auth/me").status, 200);
  EXPECT_EQ(server.call(colleague_key, "GET", "/api/api-keys").json().size(), 1U);
}

TEST_F(ApiKeys, NeedAPermissionAndAName) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example");
  EXPECT_EQ(server.call(key, "POST", "/api/api-keys", {{"name", "x"}}).code(), "permission_denied");
  EXPECT_THAT(call("POST", "", {{"name", ""}, {"expires_at", "tomorrow"}}).wrong_fields(),
              UnorderedElementsAre("name:too_short", "expires_at:bad_format"));
}

TEST_F(ApiKeys, AreBounded) {
  server.database().sql(
      "insert into api_keys (tenant_id, agent_id, name, key_hash, key_prefix) "
      "select tenant_id, id, 'n', g::text, 'p' from agents, generate_series(1, 98) g");
  EXPECT_EQ(call("POST", "", {{"name", "the hundredth"}}).status, 201);
  EXPECT_EQ(call("POST", "", {{"name", "one more"}}).code(), "too_many_keys");
}

}  // namespace
}  // namespace omnistream::test
