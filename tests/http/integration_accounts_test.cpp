#include "http/api/account_secrets.hpp"
#include "tests/http/integration_accounts_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

using IntegrationAccounts = integration_accounts_fixture;

TEST_F(IntegrationAccounts, ConnectANumber) {
  auto body = whatsapp("777001");
  body["config"]["throughput_mps"] = 250;
  const auto account = connect(body);
  EXPECT_EQ(account["account_key"], "wa-777001");
  EXPECT_EQ(account["is_active"], true);
  EXPECT_EQ(account["is_default"], true);
  EXPECT_EQ(account["throughput_mps"], 250);
  EXPECT_EQ(account["config"], json({{"phone_number_id", "777001"},
                                     {"waba_id", waba},
                                     {"access_token", "***2c71"},
                                     {"pin", "***"},
                                     {"throughput_mps", 250}}));
  EXPECT_THAT(account["webhook_url"],
              testing::MatchesRegex("http://127\\.0\\.0\\.1:[0-9]+/webhook"));
  EXPECT_EQ(meta.get("/v23.0/" + waba + "/subscribed_apps")["data"].size(), 1u);
  EXPECT_EQ(call("GET", "/" + account["id"].get<std::string>()).json(), account);
  EXPECT_EQ(call("GET").json(), json::array({account}));
  EXPECT_EQ(call("GET", "?channel=email").json(), json::array());
  EXPECT_THAT(call("GET", "?channel=fax").wrong_fields(), ElementsAre("channel:not_in_enum"));
}

TEST_F(IntegrationAccounts, SayAllThatIsWrong) {
  EXPECT_THAT(call("POST", "", {{"channel", "whatsapp"}, {"display_name", "x"}}).wrong_fields(),
              UnorderedElementsAre("config.phone_number_id:required", "config.waba_id:required",
                                   "config.access_token:required"));
  EXPECT_THAT(call("POST", "",
                   {{"channel", "fax"},
                    {"config",
                     {{"phone_number_id", "12-3"},
                      {"waba_id", 7},
                      {"throughput_mps", 10'001},
                      {"nested", {{"a", 1}}},
                      {"a-b", 1}}}})
                  .wrong_fields(),
              UnorderedElementsAre("channel:not_in_enum", "display_name:required",
                                   "config.phone_number_id:bad_format", "config.waba_id:wrong_type",
                                   "config.throughput_mps:out_of_range", "config.nested:wrong_type",
                                   "config.a-b:unknown_field"));
  auto odd = whatsapp("777001");
  odd["account_key"] = "wa-1";
  odd["config"]["smtp_host"] = "x";
  odd["config"]["pin"] = "12a456";
  odd["config"]["access_token"] = "***2c71";
  EXPECT_THAT(call("POST", "", odd).wrong_fields(),
              UnorderedElementsAre("account_key:derived", "config.smtp_host:unknown_field",
                                   "config.pin:bad_format", "config.access_token:masked"));
  EXPECT_THAT(call("POST", "", {{"channel", "email"}, {"display_name", "x"}}).wrong_fields(),
              ElementsAre("account_key:required"));
  EXPECT_EQ(call("GET").json(), json::array());
}

TEST_F(IntegrationAccounts, TakeNoTokenThatCannotStandInAHeader) {
  const auto id = call("POST", "", whatsapp("777001")).json()["id"].get<std::string>();
  const auto before = sealed(id, "access_token");
  for (const std::string odd : {"with space", "line\nbreak", "caf\xc3\xa9", "\x7f"}) {
    auto fresh = whatsapp("777002");
    fresh["config"]["access_token"] = odd;
    EXPECT_THAT(call("POST", "", fresh).wrong_fields(),
                ElementsAre("config.access_token:bad_format"));
    EXPECT_THAT(call("PATCH", "/" + id, {{"config", {{"access_token", odd}}}}).wrong_fields(),
                ElementsAre("config.access_token:bad_format"));
  }
  EXPECT_EQ(sealed(id, "access_token"), before);
}

TEST_F(IntegrationAccounts, StoreNothingThatMetaRefuses) {
  auto wrong = whatsapp("777001");
  wrong["config"]["access_token"] = "EAAG-some-other-token";
  const auto refused = call("POST", "", wrong);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.wrong_fields(), ElementsAre("config.access_token:refused"));
  EXPECT_THAT(refused.body, Not(HasSubstr("EAAG")));
  meta.fault({{"kind", "error"}, {"code", 133005}});
  const auto failed = call("POST", "", whatsapp("777001"));
  EXPECT_EQ(failed.status, 502);
  EXPECT_EQ(failed.code(), "meta_error");
  EXPECT_THAT(failed.json()["detail"], HasSubstr("133005"));
  EXPECT_EQ(call("GET").json(), json::array());
  meta.clear_faults();
  connect(whatsapp("777001"));
}

TEST_F(IntegrationAccounts, BelongToOneTenant) {
  const auto account = connect(whatsapp("777001"));
  EXPECT_EQ(call("POST", "", whatsapp("777001")).code(), "account_exists");
  const auto elsewhere =
      server.call(other.api_key, "POST", "/api/integration-accounts", whatsapp("777001"));
  EXPECT_EQ(elsewhere.status, 409);
  EXPECT_EQ(elsewhere.code(), "account_exists");
  EXPECT_THAT(elsewhere.body, Not(HasSubstr(tenant.id.to_string())));
  const auto path = "/api/integration-accounts/" + account["id"].get<std::string>();
  for (const auto& [method, rest] : std::vector<std::pair<std::string, std::string>>{
           {"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"POST", "/default"}, {"GET", "/health"}})
    EXPECT_EQ(server
                  .call(other.api_key, method, path + rest,
                        method == "PATCH" ? json{{"is_active", false}} : json(nullptr))
                  .status,
              404)
        << method << rest;
  EXPECT_EQ(server
                .call(other.api_key, "PATCH", path,
                      {{"config", {{"waba_id", "5"}, {"access_token", "x"}}}})
                .status,
            404);
  EXPECT_EQ(call("GET").json(), json::array({account}));
}

TEST_F(IntegrationAccounts, KeepTheirSecrets) {
  testing::internal::CaptureStderr();
  auto body = whatsapp("777001");
  body["config"]["pin"] = "483920";
  const auto first = connect(body);
  const auto second = connect(whatsapp("777002"));
  const std::string id = first["id"];
  const std::string next = second["id"];
  std::string answers = first.dump() + second.dump();
  answers += call("GET").body + call("GET", "/" + id).body + call("GET", "/" + id + "/health").body;
  answers += call("PATCH", "/" + id, {{"config", {{"access_token", simulated_meta::token}}}}).body;
  answers += call("POST", "/" + id + "/default").body;
  const auto logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(answers + logged, Not(HasSubstr(simulated_meta::token)));
  EXPECT_THAT(answers + logged, Not(HasSubstr("483920")));
  const auto row = sql("select json_agg(to_json(a)) from integration_accounts a");
  EXPECT_THAT(row, Not(HasSubstr(simulated_meta::token)));
  EXPECT_THAT(row, Not(HasSubstr("483920")));

  const auto& key = server.services().encryption_key;
  const auto one = sealed(id, "access_token");
  const auto two = sealed(next, "access_token");
  EXPECT_NE(one, two);
  namespace api = http::api;
  const auto own = *uuid::parse(id);
  const auto foreign = *uuid::parse(next);
  ASSERT_NE(api::open_access_token(key, own, one), nullptr);
  EXPECT_EQ(*api::open_access_token(key, own, one), simulated_meta::token);
  EXPECT_EQ(api::open_access_token(key, foreign, one), nullptr);
  EXPECT_EQ(api::open_secret(key, own, "pin", one), std::nullopt);
  EXPECT_EQ(api::open_secret(key, own, "pin", sealed(id, "pin")), "483920");
  EXPECT_EQ(api::open_secret(key, foreign, "pin", sealed(next, "pin")),
            api::registration_pin(key, "777002"));
  EXPECT_EQ(api::open_access_token(crypto::key256::random(), own, one), nullptr);
}

TEST_F(IntegrationAccounts, OfOtherChannelsMaskWhatLooksSecret) {
  const auto account = connect(email("a@toko.example"));
  EXPECT_EQ(account["config"], json({{"from_name", "Toko"}, {"smtp_password", "***word"}}));
  EXPECT_THAT(account["webhook_url"], testing::EndsWith("/webhook/email"));
  const std::string id = account["id"];
  const auto changed = call(
      "PATCH", "/" + id,
      {{"config", {{"from_name", nullptr}, {"smtp_port", 587}, {"smtp_password", "***word"}}}});
  EXPECT_EQ(changed.json()["config"], json({{"smtp_port", 587}, {"smtp_password", "***word"}}));
  EXPECT_EQ(http::api::open_secret(server.services().encryption_key, *uuid::parse(id),
                                   "smtp_password", sealed(id, "smtp_password")),
            "a-long-mail-password");
  EXPECT_THAT(
      call("PATCH", "/" + id, {{"config", {{"api_key", "***abcd"}, {"secret", 5}}}}).wrong_fields(),
      UnorderedElementsAre("config.api_key:masked", "config.secret:wrong_type"));
  EXPECT_EQ(call("GET", "/" + id + "/health").code(), "not_whatsapp");
}

TEST_F(IntegrationAccounts, ShowTheirHealth) {
  const std::string id = connect(whatsapp("777001"))["id"];
  const auto health = call("GET", "/" + id + "/health").json();
  EXPECT_LE(health["checked_at"].get<std::string>().size(),
            std::string("2026-01-02T03:04:05.678Z").size());
  EXPECT_EQ(health["status"], "AVAILABLE");
  EXPECT_EQ(health["account_id"], id);
  EXPECT_EQ(health["phone_number_id"], "777001");
  EXPECT_EQ(health["quality_rating"], "GREEN");
  EXPECT_EQ(health["throughput_level"], "STANDARD");
  EXPECT_EQ(health["messaging_limit"], "TIER_UNLIMITED");
  EXPECT_EQ(health["entities"][0]["entity_type"], "PHONE_NUMBER");
  meta.fault({{"kind", "expire_token"}});
  EXPECT_EQ(call("GET", "/" + id + "/health").code(), "meta_token_refused");
  meta.clear_faults();
  sql("update integration_accounts set secrets = '{}'");
  EXPECT_EQ(call("GET", "/" + id + "/health").code(), "token_unreadable");
}

TEST_F(IntegrationAccounts, NeedPermission) {
  const auto [supervisor, supervisor_key] =
      server.make_agent(tenant.id, "sup@toko.example", "supervisor");
  const auto [agent, agent_key] = server.make_agent(tenant.id, "agent@toko.example");
  EXPECT_EQ(server.call(supervisor_key, "GET", "/api/integration-accounts").status, 200);
  EXPECT_EQ(
      server.call(supervisor_key, "POST", "/api/integration-accounts", email("a@b.example")).status,
      403);
  EXPECT_EQ(server.call(agent_key, "GET", "/api/integration-accounts").status, 403);
}

/// With the META_* variables of whoever runs the server.
TEST(IntegrationAccountSettings, ServeTheFirstTenant) {
  simulated_meta meta;
  api_server server({.adjust = [&meta](config::settings& values) {
    values.meta_api_url = meta.url();
    values.meta_access_token = secret(simulated_meta::token);
    values.meta_phone_number_id = "888001";
    values.meta_waba_id = waba;
  }});
  const auto owner = server.make_tenant();
  const auto stranger = server.make_tenant("Stranger");
  const json bare{{"channel", "whatsapp"}, {"display_name", "Toko"}};
  const auto path = "/api/integration-accounts";
  EXPECT_THAT(server.call(stranger.api_key, "POST", path, bare).wrong_fields(),
              UnorderedElementsAre("config.phone_number_id:required", "config.waba_id:required",
                                   "config.access_token:required"));
  const auto made = server.call(owner.api_key, "POST", path, bare);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["account_key"], "wa-888001");
  EXPECT_EQ(made.json()["config"]["waba_id"], waba);
}

}  // namespace
}  // namespace omnistream::test
