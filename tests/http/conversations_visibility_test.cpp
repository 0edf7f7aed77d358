// Who sees which conversation, and who may do what.

#include <set>
#include <tuple>

#include "tests/http/conversations_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// Every operation that names a conversation: method, rest of the path, a body that is right.
std::vector<std::tuple<std::string, std::string, json>> every_operation(const std::string& agent) {
  return {{"GET", "", nullptr},
          {"GET", "/messages", nullptr},
          {"GET", "/transfers", nullptr},
          {"POST", "/read", nullptr},
          {"PATCH", "/tags", {{"tags", {"seen"}}}},
          {"PATCH", "/status", {{"status", "pending"}}},
          {"PATCH", "/assign", {{"agent_id", nullptr}}},
          {"POST", "/takeover", nullptr},
          {"POST", "/transfer", {{"to_agent_id", agent}}}};
}

class ConversationsSeen : public Conversations {
 protected:
  ConversationsSeen() {
    join(sales, siti);
    join(care, budi);
    add("Free");
    add("Hers", "assigned_agent_id", quoted(siti.to_string()));
    add("His", "assigned_agent_id", quoted(budi.to_string()));
    add("Sales", "division_id", quoted(sales));
    add("Care", "division_id", quoted(care));
    add("Hers in Care", "assigned_agent_id, division_id",
        quoted(siti.to_string()) + ", " + quoted(care));
    add("His in Sales", "assigned_agent_id, division_id",
        quoted(budi.to_string()) + ", " + quoted(sales));
  }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }
  std::string id_of(const std::string& name) {
    return sql(
        "select v.id from conversations v join contacts c on c.id = v.contact_id where "
        "c.name = " +
        quoted(name));
  }

  std::pair<uuid, std::string> agent_siti = server.make_agent(tenant.id, "siti@toko.example");
  std::pair<uuid, std::string> agent_budi = server.make_agent(tenant.id, "budi@toko.example");
  const uuid& siti = agent_siti.first;
  const uuid& budi = agent_budi.first;
  const std::string& key = agent_siti.second;
  std::string sales = make_division("Sales");
  std::string care = make_division("Care");
  const std::set<std::string> seen_by_siti{"Free", "Hers", "Sales", "Hers in Care"};
};

TEST_F(ConversationsSeen, AreOnesOwnAndThoseThatWaitForOne) {
  EXPECT_THAT(listed("", key), ElementsAre("Hers in Care", "Sales", "Hers", "Free"));
  EXPECT_THAT(listed("", agent_budi.second), ElementsAre("His in Sales", "Care", "His", "Free"));
  EXPECT_EQ(listed().size(), 7U) << "the admin sees all";
}

TEST_F(ConversationsSeen, AreNoMoreWithAnyFilter) {
  EXPECT_THAT(listed("?status=open", key), ElementsAre("Hers in Care", "Sales", "Hers", "Free"));
  EXPECT_THAT(listed("?assigned=me", key), ElementsAre("Hers in Care", "Hers"));
  EXPECT_THAT(listed("?assigned=none", key), ElementsAre("Sales", "Free"));
  EXPECT_THAT(listed("?assigned_agent_id=" + budi.to_string(), key), IsEmpty());
  EXPECT_THAT(listed("?division_id=" + sales, key), ElementsAre("Sales"));
  EXPECT_THAT(listed("?division_id=" + care, key), ElementsAre("Hers in Care"));
  EXPECT_THAT(listed("?division_id=" + care + "&assigned=none", key), IsEmpty());
  const auto contact_of = [this](const std::string& name) {
    return "?contact_id=" + sql("select id from contacts where name = " + quoted(name));
  };
  EXPECT_THAT(listed(contact_of("His"), key), IsEmpty());
  EXPECT_THAT(listed(contact_of("Hers"), key), ElementsAre("Hers"));
}

TEST_F(ConversationsSeen, CanBeWorkedOnAndOthersDoNotExist) {
  for (const auto* name :
       {"Free", "Hers", "His", "Sales", "Care", "Hers in Care", "His in Sales"}) {
    const auto id = id_of(name);
    const bool seen = seen_by_siti.contains(name);
    const auto before = call("GET", "/" + id).json();
    for (const auto& [method, rest, body] : every_operation(budi.to_string())) {
      EXPECT_EQ(as(key, method, "/" + id + rest, body).status, seen ? 200 : 404)
          << name << ' ' << method << rest;
      // Let go, one in a division of others is not hers to see any more.
      if (seen && rest == "/assign")
        sql("update conversations set assigned_agent_id = " + quoted(siti.to_string()) +
            " where id = " + quoted(id));
    }
    if (!seen) {
      EXPECT_EQ(call("GET", "/" + id).json(), before) << name;
    }
  }
  const auto in_bulk =
      as(key, "POST", "/bulk", {{"ids", {id_of("Care")}}, {"action", "takeover"}}).json();
  EXPECT_EQ(in_bulk["results"][0]["error"]["status"], 404);
}

TEST_F(ConversationsSeen, AreAllOfThemForSupervisors) {
  const auto supervisor = server.make_agent(tenant.id, "dewi@toko.example", "supervisor").second;
  EXPECT_EQ(listed("", supervisor).size(), 7U);
  EXPECT_EQ(as(supervisor, "POST", "/" + id_of("His") + "/takeover").status, 200);
}

TEST_F(ConversationsSeen, AreThoseOfAnAgentWhoIsDeactivated) {
  const auto agent = "/api/agents/" + budi.to_string();
  sql("insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) select '" +
      tenant.id.to_string() + "', 'https://h.example', '{conversation.assigned}', '', '" +
      tenant.agent_id.to_string() + "'");
  ASSERT_EQ(server.call(tenant.api_key, "PATCH", agent, {{"name", "Budi"}}).status, 200);
  EXPECT_THAT(listed("?assigned_agent_id=" + budi.to_string()), ElementsAre("His in Sales", "His"));
  ASSERT_EQ(server.call(tenant.api_key, "PATCH", agent, {{"is_active", false}}).status, 200);
  EXPECT_THAT(listed("", key),
              ElementsAre("His in Sales", "Hers in Care", "Sales", "His", "Hers", "Free"));
  EXPECT_THAT(listed("?assigned_agent_id=" + budi.to_string()), IsEmpty());
  EXPECT_EQ(sql("select count(*) from webhook_events where type = 'conversation.assigned'"), "2");
  ASSERT_EQ(server.call(tenant.api_key, "PATCH", agent, {{"is_active", true}}).status, 200);
  EXPECT_THAT(listed("?assigned_agent_id=" + budi.to_string()), IsEmpty()) << "they do not return";
}

TEST_F(ConversationsSeen, NeedTheirPermissions) {
  sql("insert into roles (tenant_id, name, permissions) values ('" + tenant.id.to_string() +
      "', 'onlooker', '{conversations.view}'), ('" + tenant.id.to_string() +
      "', 'none', '{agents.view}')");
  const auto make = [this](const std::string& role) {
    const auto [agent, role_key] = server.make_agent(tenant.id, role + "@toko.example");
    sql("update agents set role_id = (select id from roles where name = '" + role +
        "') where id = '" + agent.to_string() + "'");
    return role_key;
  };
  const auto onlooker = make("onlooker");
  const auto without = make("none");
  const auto free = id_of("Free");
  EXPECT_THAT(listed("", onlooker), ElementsAre("Free"));
  EXPECT_EQ(as(without, "GET").code(), "permission_denied");
  const json bulk{{"ids", {free}}, {"action", "takeover"}};
  EXPECT_EQ(as(onlooker, "POST", "/bulk", bulk).code(), "permission_denied");
  for (const auto& [method, rest, body] : every_operation(siti.to_string())) {
    const auto path = "/" + free + rest;
    EXPECT_EQ(as(onlooker, method, path, body).status, method == "GET" ? 200 : 403) << rest;
    EXPECT_EQ(as(without, method, path, body).code(), "permission_denied") << rest;
    EXPECT_EQ(as("", method, path, body).status, 401) << rest;
  }
}

TEST_F(ConversationsSeen, OfAnotherTenantDoNotExist) {
  const auto free = id_of("Free");
  const auto before = call("GET", "/" + free).json();
  for (const auto& [method, rest, body] : every_operation(other.agent_id.to_string()))
    EXPECT_EQ(as(other.api_key, method, "/" + free + rest, body).status, 404) << method << rest;
  EXPECT_THAT(listed("", other.api_key), IsEmpty());
  EXPECT_EQ(call("GET", "/" + free).json(), before);
}

}  // namespace
}  // namespace omnistream::test
