#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* admin_role = "00000000-0000-7000-8000-000000000001";

class Agents : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest, const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/agents" + rest, body);
  }
  json wanted(const std::string& email) {
    return {{"email", email}, {"name", "Siti"}, {"password", "a long password"}};
  }
  std::string log_in(const std::string& email, const std::string& password) {
    return server.call("", "POST", "/api/auth/login", {{"email", email}, {"password", password}})
        .json()
        .value("token", "");
  }
  int me(const std::string& token) {
    return server.send("GET", "/api/auth/me", "", {{"Authorization", "Bearer " + token}}).status;
  }
  std::string agent_row(const uuid& id) {
    return server.database().sql("select to_json(a) from agents a where id = '" + id.to_string() +
                                 "'");
  }

  api_server server;
  test_tenant tenant = server.make_tenant();
  std::string own = "/" + tenant.agent_id.to_string();
};

TEST_F(Agents, AreMadeAndShown) {
  auto body = wanted(" Siti@Toko.Example ");
  body["role"] = "supervisor";
  body["can_broadcast"] = true;
  const auto made = call("POST", "", body);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["email"], "siti@toko.example");
  EXPECT_EQ(made.json()["role"], "supervisor");
  EXPECT_EQ(made.json()["can_broadcast"], true);
  EXPECT_EQ(made.json()["status"], "offline");
  EXPECT_THAT(made.body, Not(HasSubstr("argon2")));
  const std::string id = made.json()["id"];
  EXPECT_EQ(call("GET", "/" + id).json(), made.json());
  EXPECT_NE(log_in("siti@toko.example", "a long password"), "");
}

TEST_F(Agents, HaveTheLeastRoleByDefault) {
  EXPECT_EQ(call("POST", "", wanted("a@toko.example")).json()["role"], "agent");
  auto body = wanted("b@toko.example");
  body["role_id"] = admin_role;
  EXPECT_EQ(call("POST", "", body).json()["role"], "admin");
}

TEST_F(Agents, AreRefusedWithEveryWrongField) {
  const auto got = call("POST", "", {{"email", "x"}, {"password", "short"}, {"role", 1}});
  EXPECT_THAT(got.wrong_fields(), UnorderedElementsAre("email:bad_format", "password:too_short",
                                                       "role:wrong_type", "name:required"));
  auto body = wanted("a@toko.example");
  body["role"] = "emperor";
  EXPECT_THAT(call("POST", "", body).wrong_fields(), ElementsAre("role:not_found"));
  body["role_id"] = admin_role;
  EXPECT_THAT(call("POST", "", body).wrong_fields(), ElementsAre("role_id:ambiguous"));
  EXPECT_EQ(call("POST", "", wanted(tenant.email)).code(), "email_taken");
}

TEST_F(Agents, AreListedInPages) {
  server.make_agent(tenant.id, "budi@toko.example", "supervisor");
  const auto [ani, key] = server.make_agent(tenant.id, "ani_100%@toko.example");
  EXPECT_EQ(call("GET", "").json()["total"], 3);
  const auto page = call("GET", "?page=2&per_page=2").json();
  EXPECT_EQ(page["data"].size(), 1U);
  EXPECT_EQ(page["total_pages"], 2);
  EXPECT_EQ(call("GET", "?search=BUDI").json()["total"], 1);
  EXPECT_EQ(call("GET", "?search=0%25").json()["total"], 1) << "a percent sign is only itself";
  EXPECT_EQ(call("GET", "?search=_").json()["total"], 1);
  EXPECT_EQ(call("GET", "?role=supervisor").json()["total"], 1);
  call("PATCH", "/" + ani.to_string(), {{"is_active", false}});
  EXPECT_EQ(call("GET", "?is_active=false").json()["data"][0]["id"], ani.to_string());
  EXPECT_THAT(
      call("GET", "?page=0&per_page=101&is_active=x").wrong_fields(),
      UnorderedElementsAre("page:out_of_range", "per_page:out_of_range", "is_active:wrong_type"));
  EXPECT_THAT(call("GET", "?page=9223372036854775807").wrong_fields(),
              UnorderedElementsAre("page:out_of_range"));
}

TEST_F(Agents, AreChanged) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example");
  const auto path = "/" + id.to_string();
  EXPECT_EQ(server.call(key, "GET", "/api/campaigns").status, 403);
  const auto got = call("PATCH", path, {{"name", "Budi"}, {"role", "supervisor"}});
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["name"], "Budi");
  EXPECT_EQ(got.json()["email"], "budi@toko.example");
  EXPECT_EQ(server.call(key, "GET", "/api/campaigns").status, 200) << "a new role counts at once";
  EXPECT_EQ(call("PATCH", path, {{"email", tenant.email}}).code(), "email_taken");
  EXPECT_EQ(call("PATCH", path, json::object()).json()["name"], "Budi") << "absent fields stay";
}

TEST_F(Agents, ChangeThemselvesButNotTheirRights) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example", "supervisor");
  const auto path = "/api/agents/" + id.to_string();
  EXPECT_EQ(server.call(key, "PATCH", path, {{"name", "Budi"}}).json()["name"], "Budi");
  for (const auto& change : {json{{"role", "admin"}}, json{{"role_id", admin_role}},
                             json{{"can_broadcast", true}}, json{{"is_active", true}}})
    EXPECT_EQ(server.call(key, "PATCH", path, change).code(), "permission_denied") << change;
  EXPECT_EQ(server.call(key, "PATCH", "/api/agents" + own, {{"name", "x"}}).code(),
            "permission_denied");
}

TEST_F(Agents, NobodyHandsOutRightsTheyLack) {
  server.database().sql("insert into roles (tenant_id, name, permissions) values ('" +
                        tenant.id.to_string() + "', 'team lead', '{agents.manage,agents.view}')");
  const auto [lead, key] = server.make_agent(tenant.id, "lead@toko.example");
  ASSERT_EQ(call("PATCH", "/" + lead.to_string(), {{"role", "team lead"}}).status, 200);
  auto body = wanted("a@toko.example");
  body["role"] = "admin";
  EXPECT_EQ(server.call(key, "POST", "/api/agents", body).code(), "beyond_own_permissions");
  EXPECT_EQ(
      server.call(key, "PATCH", "/api/agents/" + lead.to_string(), {{"role", "admin"}}).code(),
      "beyond_own_permissions");
  EXPECT_EQ(server.call(key, "PATCH", "/api/agents" + own, {{"password", "taken over now"}}).code(),
            "beyond_own_permissions");
  EXPECT_EQ(server.call(key, "DELETE", "/api/agents" + own).code(), "beyond_own_permissions");
}

TEST_F(Agents, ANewPasswordEndsOtherSessions) {
  const auto mine = log_in(tenant.email, api_server::password);
  const auto other = log_in(tenant.email, api_server::password);
  ASSERT_EQ(me(mine), 200);
  ASSERT_EQ(me(other), 200);
  const json change{{"password", "quite another one"}};
  const auto got = server.send("PATCH", "/api/agents" + own, change.dump(),
                               {{"Authorization", "Bearer " + mine}});
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_THAT(got.body, Not(HasSubstr("quite another one")));
  EXPECT_EQ(me(mine), 200);
  EXPECT_EQ(me(other), 401);
  EXPECT_EQ(log_in(tenant.email, api_server::password), "");
  EXPECT_NE(log_in(tenant.email, "quite another one"), "");
}

TEST_F(Agents, DeactivatingEndsSessionsAndKeys) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example");
  const auto session = log_in("budi@toko.example", api_server::password);
  ASSERT_EQ(me(session), 200);
  ASSERT_EQ(server.call(key, "GET", "/api/auth/me").status, 200);
  call("PATCH", "/" + id.to_string(), {{"is_active", false}});
  EXPECT_EQ(me(session), 401);
  EXPECT_EQ(server.call(key, "GET", "/api/auth/me").status, 401);
  EXPECT_EQ(call("PATCH", "/" + id.to_string() + "/status", {{"status", "online"}}).code(),
            "agent_inactive");
  call("PATCH", "/" + id.to_string(), {{"is_active", true}});
  EXPECT_EQ(me(session), 401) << "an ended session does not come back";
  EXPECT_EQ(server.call(key, "GET", "/api/auth/me").status, 200);
}

TEST_F(Agents, GoOnlineAndOffline) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example");
  const auto path = "/" + id.to_string() + "/status";
  EXPECT_EQ(
      server.call(key, "PATCH", "/api/agents" + path, {{"status", "online"}}).json()["status"],
      "online");
  EXPECT_EQ(call("PATCH", path, {{"status", "offline"}}).json()["status"], "offline");
  EXPECT_EQ(
      server.call(key, "PATCH", "/api/agents" + own + "/status", {{"status", "online"}}).code(),
      "permission_denied");
  EXPECT_THAT(call("PATCH", path, {{"status", "away"}}).wrong_fields(),
              ElementsAre("status:not_in_enum"));
}

TEST_F(Agents, AreRemovedWithWhatProvesThem) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example");
  const auto session = log_in("budi@toko.example", api_server::password);
  ASSERT_EQ(server.call(key, "GET", "/api/auth/me").status, 200);
  EXPECT_EQ(call("DELETE", "/" + id.to_string()).status, 200);
  EXPECT_EQ(call("GET", "/" + id.to_string()).status, 404);
  EXPECT_EQ(call("DELETE", "/" + id.to_string()).status, 404);
  EXPECT_EQ(server.call(key, "GET", "/api/auth/me").status, 401);
  EXPECT_EQ(me(session), 401);
}

TEST_F(Agents, WhoMadeACampaignCanBeRemoved) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example", "supervisor");
  server.database().sql(
      "insert into wa_templates (id, tenant_id, waba_id, name, language, category, status, "
      "components) values ('" +
      id.to_string() + "', '" + tenant.id.to_string() +
      "', '1', 'hello', 'en', 'MARKETING', 'APPROVED', '[{\"type\":\"BODY\",\"text\":\"hi\"}]')");
  const auto made = server.call(key, "POST", "/api/campaigns",
                                {{"name", "Promo"}, {"template_id", id.to_string()}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(call("DELETE", "/" + id.to_string()).status, 200);
  const std::string campaign = made.json()["id"];
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/campaigns/" + campaign).json()["created_by"],
            id.to_string());
}

TEST_F(Agents, TheLastAdminStays) {
  server.make_agent(tenant.id, "budi@toko.example", "supervisor");
  EXPECT_EQ(call("DELETE", own).code(), "own_agent");
  EXPECT_EQ(call("PATCH", own, {{"is_active", false}}).code(), "last_admin");
  EXPECT_EQ(call("PATCH", own, {{"role", "agent"}}).code(), "last_admin");
  EXPECT_EQ(call("PATCH", own, {{"role", "admin"}, {"is_active", true}}).status, 200);
  const auto [second, key] = server.make_agent(tenant.id, "second@toko.example", "admin");
  EXPECT_EQ(call("PATCH", "/" + second.to_string(), {{"is_active", false}}).status, 200);
  EXPECT_EQ(call("PATCH", own, {{"role", "agent"}}).code(), "last_admin")
      << "an inactive admin does not count";
}

TEST_F(Agents, TwoAdminsCannotBothLeaveAtOnce) {
  for (int round = 0; round < 10; ++round) {
    const auto shop = server.make_tenant("Shop " + std::to_string(round));
    const auto [second, key] =
        server.make_agent(shop.id, "second" + std::to_string(round) + "@toko.example", "admin");
    std::string codes[2];
    const auto leave = [this](const uuid& id, const std::string& with, std::string& code) {
      const auto got =
          server.call(with, "PATCH", "/api/agents/" + id.to_string(), {{"is_active", false}});
      code = got.status == 200 ? "left" : got.code();
    };
    std::thread first([&] { leave(shop.agent_id, shop.api_key, codes[0]); });
    std::thread other([&, id = second, with = key] { leave(id, with, codes[1]); });
    first.join();
    other.join();
    EXPECT_THAT(codes, UnorderedElementsAre("left", "last_admin"));
  }
}

TEST_F(Agents, OfAnotherTenantDoNotExist) {
  const auto foreign = server.make_tenant("Other");
  const auto before = agent_row(foreign.agent_id);
  const auto path = "/" + foreign.agent_id.to_string();
  EXPECT_EQ(call("GET", path).status, 404);
  EXPECT_EQ(call("PATCH", path, {{"name", "x"}}).status, 404);
  EXPECT_EQ(call("PATCH", path, {{"password", "taken over now"}}).status, 404);
  EXPECT_EQ(call("PATCH", path + "/status", {{"status", "online"}}).status, 404);
  EXPECT_EQ(call("DELETE", path).status, 404);
  EXPECT_EQ(agent_row(foreign.agent_id), before);
  EXPECT_EQ(call("GET", "").json()["total"], 1);
  EXPECT_EQ(call("GET", "/no-id").status, 404);
}

}  // namespace
}  // namespace omnistream::test
