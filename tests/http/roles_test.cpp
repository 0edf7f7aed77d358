#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/api/permissions.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

std::set<std::string> known_permissions() {
  std::set<std::string> codes;
  for (const auto& one : http::api::permissions()) codes.emplace(one.code);
  return codes;
}

class Roles : public testing::Test {
 protected:
  api_server server;
  test_tenant tenant = server.make_tenant();
};

TEST_F(Roles, AreListedWithTheirPermissions) {
  const auto got = server.call(tenant.api_key, "GET", "/api/roles");
  ASSERT_EQ(got.status, 200) << got.body;
  std::vector<std::string> names;
  for (const auto& role : got.json()) names.push_back(role["name"]);
  EXPECT_THAT(names, testing::ElementsAre("admin", "supervisor", "agent"));
  const std::string id = got.json()[1]["id"];
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/roles/" + id).json(), got.json()[1]);
}

TEST_F(Roles, AreForAdminsOnly) {
  const auto [id, key] = server.make_agent(tenant.id, "budi@toko.example", "supervisor");
  for (const auto* path :
       {"/api/roles", "/api/permissions", "/api/roles/00000000-0000-7000-8000-000000000001"})
    EXPECT_EQ(server.call(key, "GET", path).code(), "permission_denied") << path;
}

TEST_F(Roles, OfAnotherTenantDoNotExist) {
  const auto foreign = server.make_tenant("Other");
  const std::string id = "00000000-0000-7000-8000-0000000000ff";
  server.database().sql("insert into roles (id, tenant_id, name, permissions) values ('" + id +
                        "', '" + foreign.id.to_string() + "', 'theirs', '{campaigns.view}')");
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/roles/" + id).status, 404);
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/roles").json().size(), 3U);
  EXPECT_EQ(server.call(foreign.api_key, "GET", "/api/roles/" + id).json()["is_system"], false);
  const nlohmann::json body{
      {"email", "a@toko.example"}, {"name", "A"}, {"password", "a long password"}, {"role_id", id}};
  EXPECT_THAT(server.call(tenant.api_key, "POST", "/api/agents", body).wrong_fields(),
              testing::ElementsAre("role_id:not_found"));
}

TEST_F(Roles, PermissionsAreListed) {
  const auto got = server.call(tenant.api_key, "GET", "/api/permissions");
  ASSERT_EQ(got.status, 200);
  std::set<std::string> codes;
  for (const auto& one : got.json()) {
    codes.insert(one["code"]);
    EXPECT_FALSE(one["description"].get<std::string>().empty()) << one;
  }
  EXPECT_EQ(codes, known_permissions());
}

TEST_F(Roles, EveryPermissionInUseIsInTheTable) {
  const auto known = known_permissions();
  for (const auto& operation : server.routes().operations().operations())
    EXPECT_TRUE(operation.permission.empty() || known.contains(operation.permission))
        << operation.id << " needs " << operation.permission;
  std::istringstream used(server.database().sql(
      "select string_agg(distinct code, ' ') from roles, unnest(permissions) code"));
  int count = 0;
  for (std::string code; used >> code; ++count) EXPECT_TRUE(known.contains(code)) << code;
  EXPECT_GT(count, 0);
}

}  // namespace
}  // namespace omnistream::test
