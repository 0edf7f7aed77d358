#include <algorithm>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/api/account_secrets.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string waba = "102290129340398";

class IntegrationAccounts : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest = "",
                  const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/integration-accounts" + rest, body);
  }
  static json whatsapp(const std::string& number) {
    return {{"channel", "whatsapp"},
            {"display_name", "Toko " + number},
            {"config",
             {{"phone_number_id", number},
              {"waba_id", waba},
              {"access_token", simulated_meta::token}}}};
  }
  static json email(const std::string& key) {
    return {{"channel", "email"},
            {"account_key", key},
            {"display_name", "Mail"},
            {"config", {{"smtp_host", "mail.example"}, {"smtp_password", "a-long-mail-password"}}}};
  }
  json connect(const json& what) {
    const auto made = call("POST", "", what);
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json();
  }
  std::string make_division(const test_tenant& of) {
    return server.call(of.api_key, "POST", "/api/divisions", {{"name", "Sales"}}).json()["id"];
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  std::string sealed(const std::string& id, const std::string& name) {
    return sql("select secrets ->> '" + name + "' from integration_accounts where id = '" + id +
               "'");
  }
  /// A campaign of this tenant that names the account.
  std::string campaign(const std::string& account, const std::string& status) {
    const auto used =
        sql("insert into wa_templates (tenant_id, waba_id, name, language, category, status, "
            "components) values ('" +
            tenant.id.to_string() + "', '" + waba +
            "', 't' || gen_random_uuid(), 'id', 'UTILITY', 'APPROVED', "
            R"('[{"type": "BODY", "text": "Halo."}]') returning id)");
    return store_campaign(server.database(), tenant.id, used, account, status);
  }

  simulated_meta meta;
  api_server server{
      {.adjust = [this](config::settings& values) { values.meta_api_url = meta.url(); }}};
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

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

TEST_F(IntegrationAccounts, AreChanged) {
  const std::string id = connect(whatsapp("777001"))["id"];
  const auto division = make_division(tenant);
  const auto before = sealed(id, "access_token");
  const auto changed =
      call("PATCH", "/" + id,
           {{"display_name", "New"},
            {"division_id", division},
            {"config",
             {{"access_token", "***2c71"}, {"phone_number_id", "777001"}, {"throughput_mps", 0}}}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json()["display_name"], "New");
  EXPECT_EQ(changed.json()["division_id"], division);
  EXPECT_EQ(changed.json()["throughput_mps"], 0);
  EXPECT_EQ(changed.json()["config"]["access_token"], "***2c71");
  EXPECT_EQ(sealed(id, "access_token"), before);
  const auto again =
      call("PATCH", "/" + id,
           {{"division_id", nullptr},
            {"config", {{"access_token", "another-long-token"}, {"throughput_mps", nullptr}}}});
  EXPECT_EQ(again.json()["config"]["access_token"], "***oken");
  EXPECT_FALSE(again.json().contains("throughput_mps"));
  EXPECT_FALSE(again.json().contains("division_id"));
  EXPECT_NE(sealed(id, "access_token"), before);
  EXPECT_THAT(
      call("PATCH", "/" + id,
           {{"is_default", false},
            {"config", {{"phone_number_id", "5"}, {"access_token", nullptr}, {"color", "red"}}}})
          .wrong_fields(),
      UnorderedElementsAre("is_default:must_be_true", "config.phone_number_id:immutable",
                           "config.access_token:required", "config.color:unknown_field"));
  EXPECT_THAT(call("PATCH", "/" + id, {{"channel", "email"}}).wrong_fields(),
              ElementsAre("channel:unknown_field"));
}

TEST_F(IntegrationAccounts, BelongToADivisionOfTheTenant) {
  const auto division = make_division(tenant);
  const auto foreign = make_division(other);
  for (const auto& unknown : {foreign, tenant.agent_id.to_string()}) {
    auto body = whatsapp("777001");
    body["division_id"] = unknown;
    body["config"]["pin"] = "12a456";
    EXPECT_THAT(call("POST", "", body).wrong_fields(),
                UnorderedElementsAre("division_id:not_found", "config.pin:bad_format"));
    body = email("a@toko.example");
    body["division_id"] = unknown;
    EXPECT_THAT(call("POST", "", body).wrong_fields(), ElementsAre("division_id:not_found"));
  }
  auto body = whatsapp("777001");
  body["division_id"] = division;
  const auto account = connect(body);
  EXPECT_EQ(account["division_id"], division);
  const std::string id = account["id"];
  EXPECT_THAT(
      call("PATCH", "/" + id, {{"is_default", false}, {"division_id", foreign}}).wrong_fields(),
      UnorderedElementsAre("division_id:not_found", "is_default:must_be_true"));
  EXPECT_THAT(call("PATCH", "/" + id,
                   {{"division_id", tenant.id.to_string()}, {"config", {{"waba_id", "999000111"}}}})
                  .wrong_fields(),
              ElementsAre("division_id:not_found"));
  EXPECT_EQ(meta.get("/v23.0/999000111/subscribed_apps")["data"].size(), 0u);
  EXPECT_EQ(call("GET", "/" + id).json(), account);
}

TEST_F(IntegrationAccounts, SubscribeANewBusinessAccount) {
  const std::string id = connect(whatsapp("777001"))["id"];
  const auto refused =
      call("PATCH", "/" + id,
           {{"config", {{"waba_id", "999000111"}, {"access_token", "a-wrong-token-of-meta"}}}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.wrong_fields(), ElementsAre("config.access_token:refused"));
  EXPECT_EQ(call("GET", "/" + id).json()["config"]["waba_id"], waba);
  EXPECT_EQ(call("PATCH", "/" + id, {{"config", {{"waba_id", "999000111"}}}}).status, 200);
  EXPECT_EQ(call("GET", "/" + id).json()["config"]["waba_id"], "999000111");
  EXPECT_EQ(meta.get("/v23.0/999000111/subscribed_apps")["data"].size(), 1u);
}

TEST_F(IntegrationAccounts, HaveOneDefaultPerChannel) {
  const auto defaults = [this] {
    return sql(
        "select coalesce(string_agg(account_key, ',' order by account_key), '') from "
        "integration_accounts where is_default and tenant_id = '" +
        tenant.id.to_string() + "'");
  };
  const std::string first = connect(whatsapp("777001"))["id"];
  connect(email("a@toko.example"));
  const std::string second = connect(whatsapp("777002"))["id"];
  EXPECT_EQ(defaults(), "a@toko.example,wa-777001");
  EXPECT_EQ(call("POST", "/" + second + "/default").json()["is_default"], true);
  EXPECT_EQ(defaults(), "a@toko.example,wa-777002");
  EXPECT_EQ(call("POST", "/" + second + "/default").status, 200);
  EXPECT_EQ(call("PATCH", "/" + first, {{"is_default", true}}).json()["is_default"], true);
  EXPECT_EQ(defaults(), "a@toko.example,wa-777001");
  auto third = whatsapp("777003");
  third["is_default"] = true;
  EXPECT_EQ(connect(third)["is_default"], true);
  EXPECT_EQ(defaults(), "a@toko.example,wa-777003");
  EXPECT_EQ(call("DELETE", "/" + call("GET").json()[3]["id"].get<std::string>()).status, 200);
  EXPECT_EQ(defaults(), "a@toko.example,wa-777001");
}

TEST_F(IntegrationAccounts, HaveOneDefaultWhateverHappensAtOnce) {
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 8; ++i)
    calls.push_back(std::async(std::launch::async, [this, i] {
      auto body = email("box" + std::to_string(i) + "@toko.example");
      body["is_default"] = i % 2 == 0;
      return call("POST", "", body).status;
    }));
  for (auto& one : calls) EXPECT_EQ(one.get(), 201);
  const auto defaults = "select count(*) from integration_accounts where is_default";
  EXPECT_EQ(sql(defaults), "1");
  const auto all = call("GET").json();
  std::vector<std::future<int>> changes;
  for (const auto& one : all)
    changes.push_back(std::async(std::launch::async, [this, id = one["id"].get<std::string>()] {
      return call("POST", "/" + id + "/default").status;
    }));
  for (auto& one : changes) EXPECT_EQ(one.get(), 200);
  EXPECT_EQ(sql(defaults), "1");
}

TEST_F(IntegrationAccounts, OfOtherChannelsMaskWhatLooksSecret) {
  const auto account = connect(email("a@toko.example"));
  EXPECT_EQ(account["config"], json({{"smtp_host", "mail.example"}, {"smtp_password", "***word"}}));
  EXPECT_THAT(account["webhook_url"], testing::EndsWith("/webhook/email"));
  const std::string id = account["id"];
  const auto changed = call(
      "PATCH", "/" + id,
      {{"config", {{"smtp_host", nullptr}, {"smtp_port", 587}, {"smtp_password", "***word"}}}});
  EXPECT_EQ(changed.json()["config"], json({{"smtp_port", 587}, {"smtp_password", "***word"}}));
  EXPECT_EQ(http::api::open_secret(server.services().encryption_key, *uuid::parse(id),
                                   "smtp_password", sealed(id, "smtp_password")),
            "a-long-mail-password");
  EXPECT_THAT(
      call("PATCH", "/" + id, {{"config", {{"api_key", "***abcd"}, {"secret", 5}}}}).wrong_fields(),
      UnorderedElementsAre("config.api_key:masked", "config.secret:wrong_type"));
  EXPECT_EQ(call("GET", "/" + id + "/health").code(), "not_whatsapp");
}

TEST_F(IntegrationAccounts, CannotGoWhileTheySend) {
  const std::string id = connect(whatsapp("777001"))["id"];
  const auto ended = campaign(id, "completed");
  for (const auto* status : {"scheduled", "sending"}) {
    const auto running = campaign(id, status);
    EXPECT_EQ(call("DELETE", "/" + id).code(), "account_in_use") << status;
    sql("update campaigns set integration_account_id = null where id = '" + running + "'");
    EXPECT_EQ(call("DELETE", "/" + id).code(), "account_in_use") << "by default, " << status;
    sql("update campaigns set status = 'cancelled' where id = '" + running + "'");
  }
  EXPECT_EQ(call("DELETE", "/" + id).status, 200);
  EXPECT_EQ(call("DELETE", "/" + id).status, 404);
  EXPECT_EQ(
      sql("select coalesce(integration_account_id::text, 'none') from campaigns where id = '" +
          ended + "'"),
      "none");
}

TEST_F(IntegrationAccounts, ResumeWhenTheyAreRepaired) {
  const std::string id = connect(whatsapp("777001"))["id"];
  const auto pause = [&] {
    sql("update integration_accounts set pause_code = 'account_refused', pause_reason = 'Token.', "
        "paused_at = now()");
  };
  pause();
  EXPECT_EQ(call("GET", "/" + id).json()["pause_code"], "account_refused");
  EXPECT_EQ(call("PATCH", "/" + id, {{"display_name", "X"}}).json()["pause_code"],
            "account_refused");
  EXPECT_EQ(
      call("PATCH", "/" + id, {{"config", {{"access_token", "***2c71"}}}}).json()["pause_code"],
      "account_refused");
  for (const auto& repair :
       {json{{"config", {{"access_token", simulated_meta::token}}}},
        json{{"config", {{"throughput_mps", 40}}}}, json{{"is_active", true}}}) {
    pause();
    const auto repaired = call("PATCH", "/" + id, repair).json();
    EXPECT_FALSE(repaired.contains("pause_code")) << repair;
    EXPECT_FALSE(repaired.contains("pause_reason"));
    EXPECT_FALSE(repaired.contains("paused_at"));
  }
}

TEST_F(IntegrationAccounts, WakeTheirCampaigns) {
  const std::string id = connect(whatsapp("777001"))["id"];
  EXPECT_EQ(call("PATCH", "/" + id, {{"is_active", false}}).status, 200);
  const auto running = campaign(id, "sending");
  const auto now = [&](const std::string& column) {
    return sql("select coalesce(" + column + ", '') from campaigns where id = '" + running + "'");
  };
  server.services().engine.resume();
  ASSERT_TRUE(eventually([&] { return now("pause_code") == "account_inactive"; }));
  EXPECT_EQ(call("PATCH", "/" + id, {{"is_active", true}}).status, 200);
  EXPECT_TRUE(eventually([&] { return now("status") == "completed"; })) << now("pause_code");
  EXPECT_EQ(server.sender().sent().size(), 1u);
}

TEST_F(IntegrationAccounts, WakeCampaignsThatWaitForOne) {
  const auto mail = connect(email("shop@toko.example"))["id"].get<std::string>();
  const auto waiting = [&] {
    const auto made = campaign(mail, "sending");
    sql("update campaigns set integration_account_id = null where id = '" + made + "'");
    server.services().engine.resume();
    return made;
  };
  const auto now = [&](const std::string& of, const std::string& column) {
    return sql("select coalesce(" + column + "::text, '') from campaigns where id = '" + of + "'");
  };
  const auto ends_through = [&](const std::string& of, const std::string& account) {
    EXPECT_TRUE(eventually([&] { return now(of, "status") == "completed"; }))
        << now(of, "pause_code");
    EXPECT_EQ(now(of, "integration_account_id"), account);
  };

  const auto early = waiting();
  ASSERT_TRUE(eventually([&] { return now(early, "pause_code") == "no_account"; }));
  const std::string first = connect(whatsapp("777001"))["id"];
  ends_through(early, first);

  EXPECT_EQ(call("PATCH", "/" + first, {{"is_active", false}}).status, 200);
  const auto later = waiting();
  ASSERT_TRUE(eventually([&] { return now(later, "pause_code") == "account_inactive"; }));
  const std::string second = connect(whatsapp("777002"))["id"];
  EXPECT_EQ(now(later, "status"), "sending");
  EXPECT_EQ(call("POST", "/" + second + "/default").status, 200);
  ends_through(later, second);

  EXPECT_EQ(call("PATCH", "/" + second, {{"is_active", false}}).status, 200);
  const auto last = waiting();
  ASSERT_TRUE(eventually([&] { return now(last, "pause_code") == "account_inactive"; }));
  EXPECT_EQ(call("PATCH", "/" + first, {{"is_active", true}, {"is_default", true}}).status, 200);
  ends_through(last, first);
  EXPECT_EQ(server.sender().sent().size(), 3u);
}

TEST_F(IntegrationAccounts, ShowTheirHealth) {
  const std::string id = connect(whatsapp("777001"))["id"];
  const auto health = call("GET", "/" + id + "/health").json();
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

TEST(AccountSecrets, AreKnownByName) {
  using http::api::is_secret_name;
  for (const auto* name : {"access_token", "pin", "App_Secret", "smtp_password", "apiKey",
                           "private_key", "credentials"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const auto* name : {"phone_number_id", "spinner", "smtp_host", "key_name"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(AccountSecrets, MakeTheSamePinAgain) {
  const auto key = crypto::key256::random();
  const auto pin = http::api::registration_pin(key, "777001");
  EXPECT_THAT(pin, testing::MatchesRegex("[0-9]+"));
  EXPECT_EQ(pin.size(), 6u);
  EXPECT_EQ(pin, http::api::registration_pin(key, "777001"));
  int same = 0;
  for (int i = 0; i < 20; ++i)
    same += pin == http::api::registration_pin(key, std::to_string(i)) ? 1 : 0;
  EXPECT_LE(same, 1);
}

}  // namespace
}  // namespace omnistream::test
