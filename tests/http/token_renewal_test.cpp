#include "http/api/token_renewal.hpp"

#include "tests/http/logins_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

class TokenRenewal : public logins_fixture {
 protected:
  void SetUp() override {
    const auto code_of_login = code({{"kind", "instagram"},
                                     {"user_id", "17841400001"},
                                     {"username", "toko.maju"},
                                     {"redirect_uri", redirect_uri}});
    const auto state = call("GET", "instagram/oauth/config").json()["state"];
    ASSERT_EQ(
        call("POST", "instagram/oauth/connect", {{"code", code_of_login}, {"state", state}}).status,
        201);
  }
  void end_in(const std::string& interval) const {
    sql("update integration_accounts set config = config || jsonb_build_object("
        "'access_expires_at', rfc3339(now() + interval '" +
        interval + "'))");
  }
  std::string token() const {
    return sql("select secrets ->> 'access_token' from integration_accounts");
  }
  bool lives_long() const {
    return sql("select (config ->> 'access_expires_at')::timestamptz > now() + interval '59 days' "
               "from integration_accounts") == "t";
  }
};

TEST_F(TokenRenewal, OfATokenThatEndsSoon) {
  const auto old = token();
  end_in("29 days");
  http::api::renew_instagram_tokens(server.services());
  EXPECT_TRUE(eventually([&] { return token() != old; }));
  EXPECT_TRUE(lives_long());
  EXPECT_EQ(accounts()[0]["config"]["access_token"].get<std::string>().substr(0, 3), "***");
}

TEST_F(TokenRenewal, IsHeldUpByNoOthers) {
  sql("insert into integration_accounts (id, tenant_id, channel, account_key, display_name, "
      "config, "
      "secrets) select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, "
      "a.tenant_id, 'instagram', n::text, 'x', a.config, '{\"access_token\":\"v1:x\"}' "
      "from generate_series(1, 150) n, integration_accounts a");
  end_in("29 days");
  const auto old =
      sql("select secrets ->> 'access_token' from integration_accounts where "
          "account_key = '17841400001'");
  http::api::renew_instagram_tokens(server.services());
  EXPECT_TRUE(eventually([&] {
    return sql("select secrets ->> 'access_token' from integration_accounts where account_key = "
               "'17841400001'") != old;
  }));
}

TEST_F(TokenRenewal, IsDoneFromTheBeginning) {
  const auto old = token();
  end_in("1 hour");
  const http::api::token_renewals running(server.services());
  EXPECT_TRUE(eventually([&] { return token() != old; }));
}

TEST_F(TokenRenewal, ComesWithForgettingLoginsThatEnded) {
  const auto kept = [&](const std::string& agent, const std::string& interval) {
    sql("insert into messenger_logins (tenant_id, agent_id, user_token, expires_at) values ('" +
        tenant.id.to_string() + "', '" + agent + "', 'v1:x', now() + interval '" + interval + "')");
  };
  kept(tenant.agent_id.to_string(), "1 minute");
  kept(server.make_agent(tenant.id, "siti@toko.example").first.to_string(), "-1 minute");
  http::api::forget_ended_logins(server.services());
  EXPECT_TRUE(eventually([&] { return sql("select count(*) from messenger_logins") == "1"; }));
  EXPECT_EQ(sql("select agent_id from messenger_logins"), tenant.agent_id.to_string());
}

TEST_F(TokenRenewal, LeavesTheOthers) {
  const auto old = token();
  const auto stays = [&] {
    http::api::renew_instagram_tokens(server.services());
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    return token() == old;
  };
  for (const auto* end : {"31 days", "-1 day"}) {
    end_in(end);
    EXPECT_TRUE(stays()) << end;
  }
  sql(R"(update integration_accounts set config = config || '{"access_expires_at": "soon"}')");
  EXPECT_TRUE(stays());
}

TEST_F(TokenRenewal, IsTriedAgain) {
  const auto old = token();
  end_in("29 days");
  meta.fault({{"kind", "http_500"}, {"count", 1}});
  http::api::renew_instagram_tokens(server.services());
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  EXPECT_EQ(token(), old);
  meta.clear_faults();
  http::api::renew_instagram_tokens(server.services());
  EXPECT_TRUE(eventually([&] { return token() != old; }));
}

}  // namespace
}  // namespace omnistream::test
