// Who sees which conversation, and who may do what.

#include <map>
#include <set>

#include "config/base/time.hpp"
#include "tests/http/conversations_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// One call of an operation that names a conversation.
struct conversation_call {
  std::string id, method, rest;  ///< of the operation; `rest` is the path behind the conversation
  std::string permission;
  json body;
};

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
    sql("update conversations set last_inbound_at = now()");
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) select tenant_id, id, 'inbound', id::text, 'text', '{}', now() from "
        "conversations");
  }
  /// Every operation of the contract that names a conversation, with a body that is right.
  std::vector<conversation_call> every_operation(const std::string& conversation,
                                                 const uuid& agent) {
    const json text{{"type", "text"}, {"text", {{"body", "Halo"}}}};
    const auto in_an_hour = format_rfc3339(system_now() + std::chrono::hours{1});
    const std::map<std::string, json> bodies{
        {"conversations_assign", {{"agent_id", nullptr}}},
        {"conversations_status", {{"status", "pending"}}},
        {"conversations_tags", {{"tags", {"seen"}}}},
        {"conversations_transfer", {{"to_agent_id", agent.to_string()}}},
        {"conversations_typing", {{"is_typing", true}}},
        {"messages_send", text},
        {"notes_create", {{"body", "Paid"}}},
        {"scheduled_messages_create", {{"send_at", in_an_hour}, {"message", text}}}};
    const std::map<std::string, std::string> of_conversation{{"{message_id}", "messages"}};
    const std::string prefix = "/api/conversations/{id}";
    std::vector<conversation_call> calls;
    for (const auto& one : server.routes().operations().operations()) {
      if (!one.path.starts_with(prefix)) continue;
      auto rest = one.path.substr(prefix.size());
      for (const auto& [name, table] : of_conversation)
        if (const auto at = rest.find(name); at != std::string::npos)
          rest.replace(at, name.size(),
                       sql("select min(id::text) from " + table +
                           " where conversation_id = " + quoted(conversation)));
      EXPECT_EQ(rest.find('{'), std::string::npos) << "this test has no id for " << one.path;
      const auto body = bodies.find(one.id);
      EXPECT_EQ(body != bodies.end(), one.body != nullptr) << "this test needs a body: " << one.id;
      calls.push_back({one.id, one.method, rest, one.permission,
                       body == bodies.end() ? json(nullptr) : body->second});
    }
    EXPECT_GE(calls.size(), 16U);
    return calls;
  }
  /// What gives a conversation back what it is seen by.
  std::string as_it_is(const std::string& id) {
    return sql(
        "select format('update conversations set status = %L, assigned_agent_id = %L, division_id "
        "= %L where id = %L', status, assigned_agent_id, division_id, id) from conversations where "
        "id = " +
        quoted(id));
  }
  static bool is_done(int status) { return status >= 200 && status < 300; }

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
    const auto restore = as_it_is(id);
    for (const auto& one : every_operation(id, budi)) {
      const auto got = as(key, one.method, "/" + id + one.rest, one.body);
      EXPECT_TRUE(seen ? is_done(got.status) : got.status == 404)
          << name << ' ' << one.id << got.body;
      // Let go or handed on, it may not be hers to see any more.
      if (seen) sql(restore);
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
  for (const auto& one : every_operation(free, siti)) {
    const auto path = "/" + free + one.rest;
    EXPECT_FALSE(one.permission.empty()) << one.id;
    EXPECT_TRUE(one.permission == "conversations.view" || one.method != "GET") << one.id;
    const auto got = as(onlooker, one.method, path, one.body).status;
    EXPECT_TRUE(one.permission == "conversations.view" ? is_done(got) : got == 403) << one.id;
    EXPECT_EQ(as(without, one.method, path, one.body).code(), "permission_denied") << one.id;
    EXPECT_EQ(as("", one.method, path, one.body).status, 401) << one.id;
  }
}

TEST_F(ConversationsSeen, OfAnotherTenantDoNotExist) {
  const auto free = id_of("Free");
  const auto before = call("GET", "/" + free).json();
  for (const auto& one : every_operation(free, other.agent_id))
    EXPECT_EQ(as(other.api_key, one.method, "/" + free + one.rest, one.body).status, 404) << one.id;
  EXPECT_THAT(listed("", other.api_key), IsEmpty());
  EXPECT_EQ(call("GET", "/" + free).json(), before);
}

}  // namespace
}  // namespace omnistream::test
