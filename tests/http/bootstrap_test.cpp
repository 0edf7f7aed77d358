#include "http/api/bootstrap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using http::api::bootstrap;
using http::api::bootstrap_request;
using testing::HasSubstr;

TEST(Bootstrap, MakesATenantThatCanWorkAtOnce) {
  api_server server;
  const bootstrap_request wanted{"Toko Maju", " Admin@Toko.Example", "a long password", "SG"};
  const auto made = bootstrap(server.services().pool, wanted);
  ASSERT_TRUE(made.ok()) << made.error().detail;
  const auto told = nlohmann::json::parse(*made);
  EXPECT_EQ(told.size(), 3U);
  const auto profile = server.call(told["api_key"], "GET", "/api/auth/me").json();
  EXPECT_EQ(profile["id"], told["agent_id"]);
  EXPECT_EQ(profile["tenant"]["id"], told["tenant_id"]);
  EXPECT_EQ(profile["tenant"]["country"], "SG");
  EXPECT_EQ(profile["role"], "admin");
  EXPECT_EQ(profile["can_broadcast"], true);
  EXPECT_EQ(profile["email"], "admin@toko.example");
  EXPECT_EQ(server.call(told["api_key"], "GET", "/api/api-keys").json()[0]["name"], "bootstrap");
  const auto again = bootstrap(server.services().pool, wanted);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, "email_taken");
  EXPECT_EQ(server.database().sql("select count(*) from tenants"), "1");
}

TEST(Bootstrap, SaysWhatIsWrongInTheWordsOfTheCommandLine) {
  api_server server;
  auto& pool = server.services().pool;
  const auto all = bootstrap(pool, {"", "no address", "short", "Indonesia"});
  ASSERT_FALSE(all.ok());
  for (const auto* option : {"--tenant: ", "--email: ", "--password: ", "--country: "})
    EXPECT_THAT(all.error().detail, HasSubstr(option));
  const auto country = bootstrap(pool, {"T", "a@b.example", "a long password", "XX"});
  ASSERT_FALSE(country.ok());
  EXPECT_THAT(country.error().detail, HasSubstr("XX"));
  EXPECT_FALSE(bootstrap(pool, {"\xff", "a@b.example", "a long password", "ID"}).ok());
  EXPECT_EQ(server.database().sql("select count(*) from tenants"), "0");
}

}  // namespace
}  // namespace omnistream::test
