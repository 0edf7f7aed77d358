#include "tests/http/conversations_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class ChatExpiration : public Conversations {
 protected:
  api_answer set(const std::string& channel, const json& rule) {
    return server.call(tenant.api_key, "PUT", "/api/chat-expiration/" + channel, rule);
  }
  json rules(const std::string& key) {
    return server.call(key, "GET", "/api/chat-expiration").json();
  }
  /// All conversations of the fixture are from the past; so that no agent touched them since.
  void age() { sql("update conversations set updated_at = last_message_at"); }
  std::string statuses() {
    return sql(
        "select string_agg(v.status, ' ' order by c.name) from conversations v join "
        "contacts c on c.id = v.contact_id");
  }
  const json after_an_hour{{"is_enabled", true}, {"expire_after_minutes", 60}};
};

TEST_F(ChatExpiration, IsOffOnEveryChannelAtFirst) {
  EXPECT_EQ(rules(tenant.api_key), json::parse(R"([
              {"channel": "email", "is_enabled": false, "expire_after_minutes": 10080},
              {"channel": "instagram", "is_enabled": false, "expire_after_minutes": 1440},
              {"channel": "messenger", "is_enabled": false, "expire_after_minutes": 1440},
              {"channel": "whatsapp", "is_enabled": false, "expire_after_minutes": 1440}])"));
}

TEST_F(ChatExpiration, IsSetForAChannel) {
  const auto created = set("whatsapp", after_an_hour);
  ASSERT_EQ(created.status, 200) << created.body;
  auto shown = created.json();
  EXPECT_TRUE(shown.contains("updated_at"));
  shown.erase("updated_at");
  EXPECT_EQ(shown, (json{{"channel", "whatsapp"},
                         {"is_enabled", true},
                         {"expire_after_minutes", 60},
                         {"updated_by", tenant.agent_id.to_string()}}));
  EXPECT_EQ(set("whatsapp", {{"is_enabled", false}, {"expire_after_minutes", 5}}).status, 200);
  const auto all = rules(tenant.api_key);
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3]["expire_after_minutes"], 5);
  EXPECT_EQ(all[3]["is_enabled"], false);
  EXPECT_EQ(rules(other.api_key)[3]["expire_after_minutes"], 1440) << "another tenant's own";
}

TEST_F(ChatExpiration, RefusesWhatIsNoRule) {
  EXPECT_THAT(set("whatsapp", json::object()).wrong_fields(),
              UnorderedElementsAre("is_enabled:required", "expire_after_minutes:required"));
  for (const int minutes : {4, 525'601})
    EXPECT_THAT(
        set("whatsapp", {{"is_enabled", true}, {"expire_after_minutes", minutes}}).wrong_fields(),
        ElementsAre("expire_after_minutes:out_of_range"));
  EXPECT_EQ(set("email", {{"is_enabled", true}, {"expire_after_minutes", 525'600}}).status, 200);
  EXPECT_EQ(set("fax", after_an_hour).status, 404);
}

TEST_F(ChatExpiration, IsSeenByAgentsAndSetByAdmins) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  EXPECT_EQ(rules(key).size(), 4U);
  EXPECT_EQ(server.call(key, "PUT", "/api/chat-expiration/whatsapp", after_an_hour).code(),
            "permission_denied");
}

TEST_F(ChatExpiration, IsCarriedOutAtOnce) {
  add("Ani");
  add("Budi", "status", "'pending'");
  add("Citra", "status, resolved_at", "'resolved', now()");
  age();
  EXPECT_EQ(call("POST", "/expire").json()["expired"], 0) << "no rule is in force";
  set("whatsapp", after_an_hour);
  const auto done = call("POST", "/expire");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.json()["expired"], 2);
  EXPECT_EQ(done.json()["more"], false);
  EXPECT_EQ(statuses(), "expired expired resolved");
  EXPECT_THAT(listed("?status=expired"), ElementsAre("Budi", "Ani"));
}

TEST_F(ChatExpiration, EndsAtMostAThousandInACall) {
  set("whatsapp", after_an_hour);
  sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
      "last_message_at, updated_at) select '" +
      tenant.id.to_string() +
      "', uuid_v7(), uuid_v7(), 'whatsapp', true, now() - interval '1 day', now() - interval '1 "
      "day' from generate_series(1, 1001) n");
  EXPECT_EQ(call("POST", "/expire").json()["more"], true);
  EXPECT_EQ(call("POST", "/expire").json()["expired"], 1);
}

TEST_F(ChatExpiration, EndsWhatTheCallerSees) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  add("Hers", "assigned_agent_id", "'" + siti.to_string() + "'");
  add("Mine", "assigned_agent_id", "'" + tenant.agent_id.to_string() + "'");
  add("Open");
  age();
  set("whatsapp", after_an_hour);
  EXPECT_EQ(as(key, "POST", "/expire").json()["expired"], 2);
  EXPECT_EQ(statuses(), "expired open expired");
  EXPECT_EQ(server.call(other.api_key, "POST", "/api/conversations/expire").json()["expired"], 0);
  EXPECT_EQ(call("POST", "/expire").json()["expired"], 1);
}

/// The rule counts for conversations that were opened by hand as for others.
TEST_F(ChatExpiration, LetsAnAgentOpenOneAgain) {
  const auto id = add("Ani");
  age();
  set("whatsapp", after_an_hour);
  call("POST", "/expire");
  EXPECT_EQ(call("PATCH", "/" + id + "/assign", {{"agent_id", tenant.agent_id.to_string()}}).code(),
            "conversation_ended");
  EXPECT_EQ(call("PATCH", "/" + id + "/status", {{"status", "open"}}).json()["status"], "open");
  EXPECT_EQ(call("POST", "/expire").json()["expired"], 0) << "an hour from now";
}

/// The clock does it too: the one that the server runs by.
TEST(ChatExpirationTimer, EndsWhatIsIdle) {
  api_server server({.adjust = [](auto& settings) { settings.conversations_expire_check_s = 1; }});
  const auto tenant = server.make_tenant();
  EXPECT_EQ(server
                .call(tenant.api_key, "PUT", "/api/chat-expiration/whatsapp",
                      {{"is_enabled", true}, {"expire_after_minutes", 60}})
                .status,
            200);
  server.database().sql(
      "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
      "last_message_at, updated_at) select '" +
      tenant.id.to_string() +
      "', uuid_v7(), uuid_v7(), 'whatsapp', true, now() - interval '1 day', now() - interval '1 "
      "day'");
  EXPECT_TRUE(eventually(
      [&] { return server.database().sql("select status from conversations") == "expired"; }));
}

}  // namespace
}  // namespace omnistream::test
