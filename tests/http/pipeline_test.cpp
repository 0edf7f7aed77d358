#include <gtest/gtest.h>

#include "http/contract/operation.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

/// A path of the operation with its parameters filled in.
std::string some_path(const http::contract::operation& of) {
  auto path = of.path;
  for (const auto& name : http::contract::path_parameter_names(of.path))
    path.replace(path.find('{' + name + '}'), name.size() + 2,
                 "0190a1b2-0000-7000-8000-000000000000");
  return path;
}

TEST(Pipeline, RefusesNobodyWhereACallerIsNeeded) {
  const api_server server;
  for (const auto& operation : server.routes().operations().operations()) {
    if (operation.access != http::contract::authentication::caller) continue;
    const auto got = server.call("", operation.method, some_path(operation));
    EXPECT_EQ(got.status, 401) << operation.id;
    EXPECT_FALSE(got.header("WWW-Authenticate").empty()) << operation.id;
  }
}

TEST(Pipeline, KnowsACallerByItsKey) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto got = server.call(tenant.api_key, "GET", "/api/campaigns");
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["total"], 0);
  EXPECT_EQ(server.call(tenant.api_key + "x", "GET", "/api/campaigns").status, 401);
}

TEST(Pipeline, RefusesWhatARoleDoesNotAllow) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto [agent, key] = server.make_agent(tenant.id, "agent@toko.example");
  const auto got = server.call(key, "GET", "/api/campaigns");
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.code(), "permission_denied");
}

TEST(Pipeline, SaysWhatAPathTakes) {
  const api_server server;
  EXPECT_EQ(server.call("", "GET", "/api/nothing").code(), "no_such_path");
  const auto got = server.call("", "PUT", "/api/campaigns", nlohmann::json::object());
  EXPECT_EQ(got.status, 405);
  EXPECT_EQ(got.header("Allow"), "GET, HEAD, OPTIONS, POST");
}

}  // namespace
}  // namespace omnistream::test
