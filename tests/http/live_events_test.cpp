// GET /api/events: who is told of what.

#include "tests/http/live_events_fixture.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;

TEST_F(LiveEvents, TellWhatIsReceivedAsOutgoingWebhooksDo) {
  const auto conversation = add("Free");
  auto events = stream(siti.second);
  expect_ready(events);
  EXPECT_NE(events.head().find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(events.head().find("Cache-Control: no-store"), std::string::npos);
  EXPECT_NE(events.head().find("X-Request-Id"), std::string::npos);
  const auto message = hear(conversation);
  const auto got = events.next();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->type, "message.received");
  EXPECT_FALSE(got->id.empty());
  EXPECT_EQ(got->data["type"], "message.received");
  EXPECT_TRUE(got->data["id"].is_number());
  EXPECT_TRUE(parse_rfc3339(got->data["timestamp"].get<std::string>()));
  EXPECT_EQ(got->data["data"]["id"], message);
  EXPECT_EQ(got->data["data"]["conversation_id"], conversation);
  EXPECT_EQ(got->data["data"]["content"]["text"]["body"], "Halo");
}

TEST_F(LiveEvents, TellWhatAgentsDo) {
  const auto conversation = add("Free");
  auto events = stream(tenant.api_key);
  expect_ready(events);
  call("PATCH", "/" + conversation + "/assign", {{"agent_id", siti.first.to_string()}});
  call("PATCH", "/" + conversation + "/status", {{"status", "resolved"}});
  EXPECT_THAT(
      events.types_until("conversation.resolved"),
      ElementsAre("conversation.assigned", "conversation.updated", "conversation.resolved"));
}

/// So that nobody shows it as unread any more. It is no change that systems outside are told of.
TEST_F(LiveEvents, TellThatAConversationWasRead) {
  sql("insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) values (" +
      quoted(tenant.id.to_string()) + ", 'https://h.example', '{conversation.*}', '', " +
      quoted(tenant.agent_id.to_string()) + ")");
  const auto conversation = add("Hers", "unread_count", "2");
  sql("delete from webhook_events");
  auto events = stream(siti.second);
  expect_ready(events);
  EXPECT_EQ(call("POST", "/" + conversation + "/read").status, 200);
  const auto told = events.next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->type, "conversation.updated");
  EXPECT_EQ(told->data["data"]["id"], conversation);
  EXPECT_EQ(told->data["data"]["unread_count"], 0);
  EXPECT_EQ(call("POST", "/" + conversation + "/read").status, 200);
  in_server("update conversations set unread_count = 1 where id = " + quoted(conversation));
  in_server("update conversations set unread_count = 2 where id = " + quoted(conversation));
  hear(conversation);
  expect_text(events, "Halo");
  EXPECT_EQ(sql("select count(*) from webhook_events where type like 'conversation.%'"), "0");
}

TEST_F(LiveEvents, TellEachWhatTheySee) {
  const auto sales = make_division("Sales");
  join(sales, siti.first);
  const auto free = add("Free");
  const auto hers = add("Hers", "assigned_agent_id", quoted(siti.first.to_string()));
  const auto his = add("His", "assigned_agent_id", quoted(budi.first.to_string()));
  const auto of_sales = add("Sales", "division_id", quoted(sales));
  auto all = stream(tenant.api_key);
  auto to_siti = stream(siti.second);
  auto to_budi = stream(budi.second);
  auto to_other = stream(other.api_key);
  for (auto* one : {&all, &to_siti, &to_budi, &to_other}) expect_ready(*one);
  hear(hers, "hers");
  hear(his, "his");
  hear(of_sales, "sales");
  hear(free, "free");
  for (const auto* text : {"hers", "his", "sales", "free"}) expect_text(all, text);
  for (const auto* text : {"hers", "sales", "free"}) expect_text(to_siti, text);
  for (const auto* text : {"his", "free"}) expect_text(to_budi, text);
  EXPECT_FALSE(to_other.next(200ms));
}

TEST_F(LiveEvents, SayWhenAConversationIsNotSeenAnyMore) {
  const auto conversation = add("Free");
  auto to_siti = stream(siti.second);
  auto to_budi = stream(budi.second);
  auto all = stream(tenant.api_key);
  for (auto* one : {&to_siti, &to_budi, &all}) expect_ready(*one);
  call("PATCH", "/" + conversation + "/assign", {{"agent_id", siti.first.to_string()}});
  hear(conversation, "for her");
  const auto hidden = to_budi.next();
  ASSERT_TRUE(hidden);
  EXPECT_EQ(hidden->type, "conversation.hidden");
  EXPECT_EQ(hidden->data["data"], json({{"id", conversation}}));
  EXPECT_FALSE(to_budi.next(200ms));
  for (auto* one : {&to_siti, &all})
    EXPECT_THAT(one->types_until("message.received"),
                ElementsAre("conversation.assigned", "conversation.updated", "message.received"));
}

TEST_F(LiveEvents, TellWhoIsTyping) {
  const auto hers = add("Hers", "assigned_agent_id", quoted(siti.first.to_string()));
  auto all = stream(tenant.api_key);
  auto to_budi = stream(budi.second);
  for (auto* one : {&all, &to_budi}) expect_ready(*one);
  const auto type = [&](const std::string& key) {
    return as(key, "POST", "/" + hers + "/typing", {{"is_typing", true}}).status;
  };
  EXPECT_EQ(type(siti.second), 200);
  EXPECT_EQ(type(budi.second), 404);
  EXPECT_EQ(type(other.api_key), 404);
  const auto told = all.next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->type, "conversation.typing");
  auto data = told->data["data"];
  EXPECT_TRUE(data["agent_name"].is_string());
  data.erase("agent_name");
  EXPECT_EQ(data, json({{"id", hers}, {"agent_id", siti.first.to_string()}, {"is_typing", true}}));
  EXPECT_EQ(as(siti.second, "POST", "/" + hers + "/typing", {{"is_typing", false}}).status, 200);
  const auto ended = all.next();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->data["data"]["is_typing"], false);
  EXPECT_FALSE(to_budi.next(200ms));
  EXPECT_EQ(as(siti.second, "POST", "/" + hers + "/typing", json::object()).wrong_fields().size(),
            1U);
}

/// Whoever looks is not left with what was so before.
TEST_F(LiveEvents, TellWhatWasSaidLastOfTyping) {
  const auto hers = add("Hers", "assigned_agent_id", quoted(siti.first.to_string()));
  auto all = stream(tenant.api_key);
  expect_ready(all);
  for (const bool is_typing : {true, false, true})
    EXPECT_EQ(as(siti.second, "POST", "/" + hers + "/typing", {{"is_typing", is_typing}}).status,
              200);
  for (const bool is_typing : {true, false, true}) {
    const auto told = all.next();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->data["data"]["is_typing"], is_typing);
  }
}

TEST_F(LiveEvents, NeedTheirPermissions) {
  sql("insert into roles (tenant_id, name, permissions) values ('" + tenant.id.to_string() +
      "', 'none', '{agents.view}')");
  sql("update agents set role_id = (select id from roles where name = 'none') where id = " +
      quoted(budi.first.to_string()));
  const auto conversation = add("Free");
  auto without = stream(budi.second);
  auto with = stream(siti.second);
  expect_ready(without);
  expect_ready(with);
  hear(conversation);
  expect_text(with, "Halo");
  EXPECT_FALSE(without.next(200ms));
  EXPECT_EQ(server.call("", "GET", "/api/events").status, 401);
  EXPECT_EQ(server.call("osk_wrong", "GET", "/api/events").status, 401);
}

TEST_F(LiveEvents, TellHowFarCampaignsAre) {
  const auto used = in_server(
      "insert into wa_templates (tenant_id, waba_id, meta_template_id, name, language, category, "
      "status, components) values (" +
      quoted(tenant.id.to_string()) +
      ", '102', '140', 'order_update', 'id', 'UTILITY', 'APPROVED', '[]') returning id");
  const auto add_campaign = [&](const std::string& name, int sent) {
    return in_server(
        "insert into campaigns (id, tenant_id, name, template_id, status, total_recipients, "
        "claimed_seq, sent_count, started_at, created_by) values (" +
        quoted(new_campaign_id(system_now()).to_string()) + ", " + quoted(tenant.id.to_string()) +
        ", " + quoted(name) + ", " + quoted(used) + ", 'sending', 100, 100, " +
        std::to_string(sent) + ", now(), " + quoted(tenant.agent_id.to_string()) +
        ") returning id");
  };
  const auto first = add_campaign("First", 10);
  auto events = stream(tenant.api_key);
  auto to_agent = stream(siti.second);
  expect_ready(events);
  expect_ready(to_agent);
  const auto at_once = events.next();
  ASSERT_TRUE(at_once);
  EXPECT_EQ(at_once->type, "campaign.progress");
  EXPECT_TRUE(at_once->id.empty());
  EXPECT_EQ(at_once->data["data"]["id"], first);
  EXPECT_EQ(at_once->data["data"]["sent_count"], 10);
  in_server("update campaigns set sent_count = 60 where id = " + quoted(first));
  const auto later = events.next();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->data["data"]["sent_count"], 60);
  EXPECT_FALSE(events.next(1'500ms)) << "what does not move is not told again";
  in_server("update campaigns set status = 'completed', ended_at = now() where id = " +
            quoted(first));
  EXPECT_EQ(events.next_change()->type, "campaign.completed");
  EXPECT_FALSE(to_agent.next(200ms)) << "agents have no campaigns.view";
}

}  // namespace
}  // namespace omnistream::test
