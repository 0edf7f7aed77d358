#include <algorithm>
#include <future>

#include "tests/http/integration_accounts_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

using IntegrationAccountChanges = integration_accounts_fixture;

TEST_F(IntegrationAccountChanges, AreChanged) {
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

TEST_F(IntegrationAccountChanges, BelongToADivisionOfTheTenant) {
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

TEST_F(IntegrationAccountChanges, SubscribeANewBusinessAccount) {
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

TEST_F(IntegrationAccountChanges, HaveOneDefaultPerChannel) {
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

TEST_F(IntegrationAccountChanges, HaveOneDefaultWhateverHappensAtOnce) {
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

TEST_F(IntegrationAccountChanges, CannotGoWhileTheySend) {
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

TEST_F(IntegrationAccountChanges, ResumeWhenTheyAreRepaired) {
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

TEST_F(IntegrationAccountChanges, WakeTheirCampaigns) {
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

TEST_F(IntegrationAccountChanges, WakeCampaignsThatWaitForOne) {
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

}  // namespace
}  // namespace omnistream::test
