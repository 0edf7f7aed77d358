// GET /api/events: who is told of what, and what becomes of a client that was away.

#include <algorithm>

#include "config/base/metrics.hpp"
#include "storage/connection.hpp"
#include "storage/statement.hpp"
#include "tests/http/conversations_fixture.hpp"
#include "tests/support/event_stream.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;

class LiveEvents : public Conversations {
 protected:
  event_stream stream(const std::string& key, const std::string& after = "",
                      const std::string& query = "") {
    return {server.port(), "X-API-Key: " + key, after, query};
  }
  /// Runs it as the server does, so that the server hears of what was written.
  std::string in_server(const std::string& text) {
    const storage::statement once{"once", text.c_str(), 0};
    auto got = server.services().pool.run(storage::access::engine(), [&once](storage::session& in) {
      const auto rows = in.execute(once);
      return rows.empty() ? std::string() : std::string(rows.text(0, 0));
    });
    EXPECT_TRUE(got) << text;
    return got ? *got : "";
  }
  /// Somebody writes in a conversation.
  std::string hear(const std::string& conversation, const std::string& text = "Halo") {
    return in_server(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) select tenant_id, id, 'inbound', 'wamid.' || gen_random_uuid(), 'text', "
        "json_build_object('text', json_build_object('body', '" +
        text + "')), now() from conversations where id = '" + conversation + "' returning id");
  }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }

  /// Ready, with the position it says.
  static void expect_ready(event_stream& of, bool resumed = false) {
    ASSERT_EQ(of.status(), 200) << of.head();
    const auto first = of.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, "ready");
    EXPECT_EQ(first->data["resumed"], resumed);
    EXPECT_EQ(first->id.empty(), resumed);
  }
  static void expect_text(event_stream& of, const std::string& text) {
    const auto got = of.next_change();
    ASSERT_TRUE(got) << "instead of " << text;
    EXPECT_EQ(got->type, "message.received");
    EXPECT_EQ(got->data["data"]["content"]["text"]["body"], text);
  }

  std::pair<uuid, std::string> siti = server.make_agent(tenant.id, "siti@toko.example");
  std::pair<uuid, std::string> budi = server.make_agent(tenant.id, "budi@toko.example");
};

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

// -- coming back ----------------------------------------------------------------------------------

TEST_F(LiveEvents, TellWhatWasMissed) {
  const auto conversation = add("Free");
  std::string position;
  {
    auto events = stream(siti.second);
    expect_ready(events);
    hear(conversation, "one");
    expect_text(events, "one");
    position = events.position();
  }
  hear(conversation, "two");
  hear(conversation, "three");
  {
    auto events = stream(siti.second, position);
    expect_ready(events, true);
    expect_text(events, "two");
    expect_text(events, "three");
    hear(conversation, "four");
    expect_text(events, "four");
    EXPECT_FALSE(events.next(100ms)) << "nothing comes twice";
  }
  auto again = stream(siti.second, "", "?last_event_id=" + position);
  expect_ready(again, true);
  for (const auto* text : {"two", "three", "four"}) expect_text(again, text);
}

TEST_F(LiveEvents, TellWhatWasMissedBesideOthersWhoAreThere) {
  const auto conversation = add("Free");
  auto there = stream(tenant.api_key);
  expect_ready(there);
  auto events = stream(siti.second);
  expect_ready(events);
  // Another connection writes: the server does not hear of it until somebody comes back.
  sql("insert into live_events (tenant_id, type, conversation_id, data) values (" +
      quoted(tenant.id.to_string()) + ", 'message.received', " + quoted(conversation) +
      ", '{\"content\": {\"text\": {\"body\": \"unheard\"}}}')");
  auto back = stream(siti.second, events.position());
  expect_ready(back, true);
  for (auto* one : {&back, &there, &events}) expect_text(*one, "unheard");
}

/// One that is committed later than another with a higher id is not passed over.
TEST_F(LiveEvents, FollowTheOrderOfCommits) {
  const auto conversation = add("Free");
  auto events = stream(siti.second);
  expect_ready(events);
  storage::connection late({.database_url = server.database().url(), .role = "omnistream_engine"});
  late.simple("begin");
  late.simple("insert into live_events (tenant_id, type, conversation_id, data) values (" +
              quoted(tenant.id.to_string()) + ", 'message.received', " + quoted(conversation) +
              ", '{\"content\": {\"text\": {\"body\": \"late\"}}}')");
  hear(conversation, "early");
  expect_text(events, "early");
  const auto position = events.position();
  late.simple("commit");
  auto back = stream(siti.second, position);
  expect_ready(back, true);
  expect_text(back, "late");
  hear(conversation, "last");
  for (const auto* text : {"late", "last"}) expect_text(events, text);
  expect_text(back, "last");
}

TEST_F(LiveEvents, SayWhenTooMuchTimeHasPassed) {
  const auto conversation = add("Free");
  std::string position;
  {
    auto events = stream(siti.second);
    expect_ready(events);
    position = events.position();
  }
  hear(conversation, "old");
  sql("with gone as (delete from live_events returning tenant_id, xact) insert into "
      "live_events_forgotten select tenant_id, xact from gone order by xact desc limit 1");
  auto back = stream(siti.second, position);
  const auto first = back.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, "reset");
  EXPECT_EQ(first->data["reason"], "too_old");
  EXPECT_FALSE(first->id.empty());
  hear(conversation, "new");
  expect_text(back, "new");
}

TEST_F(LiveEvents, SayWhenAPositionIsNoneOfTheirs) {
  for (const auto* position : {"17", "1:2", "0:0:", "5:4:", "1:9:9", "1:9:3,2", "a:b:", "1:2:x",
                               "99999999999999999999:99999999999999999999:", "1:2: "}) {
    auto events = stream(siti.second, position);
    const auto first = events.next();
    ASSERT_TRUE(first) << position;
    EXPECT_EQ(first->type, "reset") << position;
    EXPECT_EQ(first->data["reason"], "unknown_position") << position;
  }
  auto of_another_database = stream(siti.second, "4611686018427387905:4611686018427387905:");
  EXPECT_EQ(of_another_database.next()->data["reason"], "too_old");
}

TEST_F(LiveEvents, SayWhenTooMuchWasMissed) {
  const auto conversation = add("Free");
  std::string position;
  {
    auto events = stream(siti.second);
    expect_ready(events);
    position = events.position();
  }
  in_server("insert into live_events (tenant_id, type, conversation_id, data) select " +
            quoted(tenant.id.to_string()) + ", 'message.received', " + quoted(conversation) +
            ", '{}' from generate_series(1, 5001)");
  auto back = stream(siti.second, position);
  const auto first = back.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, "reset");
  EXPECT_EQ(first->data["reason"], "too_much");
}

// -- bounds and ends ------------------------------------------------------------------------------

TEST_F(LiveEvents, EndWithTheKey) {
  auto events = stream(siti.second);
  expect_ready(events);
  const auto key = server.call(siti.second, "GET", "/api/api-keys").json()[0]["id"];
  sql("delete from api_keys where id = " + quoted(key));
  server.services().identities.forget_agent(siti.first);
  const auto last = events.next(2s);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->type, "end");
  EXPECT_TRUE(events.ends());
  EXPECT_TRUE(events.complete());
  EXPECT_EQ(stream(siti.second).status(), 401);
}

TEST_F(LiveEvents, EndWithTheSession) {
  const auto login = server.call("", "POST", "/api/auth/login",
                                 {{"email", "siti@toko.example"}, {"password", server.password}});
  ASSERT_EQ(login.status, 200) << login.body;
  const auto cookie = login.header("Set-Cookie");
  const auto session = cookie.substr(0, cookie.find(';'));
  event_stream events(server.port(), "Cookie: " + session);
  expect_ready(events);
  auto by_key = stream(siti.second);
  expect_ready(by_key);
  ASSERT_LT(server.send("POST", "/api/auth/logout", "", {{"Cookie", session}}).status, 300);
  const auto last = events.next(2s);
  ASSERT_TRUE(last) << "at once, not when rights are looked at next";
  EXPECT_EQ(last->type, "end");
  EXPECT_TRUE(events.ends());
  EXPECT_FALSE(by_key.next(100ms)) << "the key is as good as before";
}

TEST_F(LiveEvents, FollowRightsThatChange) {
  const auto sales = make_division("Sales");
  const auto conversation = add("Sales", "division_id", quoted(sales));
  auto events = stream(siti.second);
  expect_ready(events);
  hear(conversation, "not for her");
  EXPECT_FALSE(events.next(200ms));
  call("GET");
  server.call(tenant.api_key, "POST", "/api/divisions/" + sales + "/agents",
              {{"agent_ids", {siti.first.to_string()}}});
  const auto expect_reset = [&events] {
    const auto reset = events.next(2s);
    ASSERT_TRUE(reset) << "at once, not when rights are looked at next";
    EXPECT_EQ(reset->type, "reset");
    EXPECT_EQ(reset->data["reason"], "rights_changed");
  };
  expect_reset();
  hear(conversation, "for her");
  expect_text(events, "for her");
  server.call(tenant.api_key, "DELETE", "/api/divisions/" + sales + "/agents",
              {{"agent_ids", {siti.first.to_string()}}});
  expect_reset();
  hear(conversation, "not for her any more");
  EXPECT_FALSE(events.next(200ms));
}

TEST(SlowReaders, AreCutOffAndCostTheOthersNothing) {
  api_server server(
      {.adjust = [](config::settings& with) { with.live_buffer_bytes_max = 256 * 1024; }});
  const auto tenant = server.make_tenant();
  const auto key = "X-API-Key: " + tenant.api_key;
  event_stream lazy(server.port(), key);
  event_stream eager(server.port(), key);
  ASSERT_EQ(eager.next()->type, "ready");
  const auto text = "select tell('" + tenant.id.to_string() +
                    "', 'campaign.updated', json_build_object('x', repeat('x', 15000))) from "
                    "generate_series(1, 7)";
  const storage::statement once{"once", text.c_str(), 0};
  const auto slow_is_gone = [&] {
    return metrics::render().find("omnistream_live_streams 1\n") != std::string::npos;
  };
  for (int round = 0; round < 400 && !slow_is_gone(); ++round) {
    ASSERT_TRUE(server.services().pool.run(
        storage::access::engine(),
        [&once](storage::session& in) { return in.execute(once).size(); }));
    for (int i = 0; i < 7; ++i) ASSERT_EQ(eager.next()->type, "campaign.updated") << round;
  }
  EXPECT_TRUE(slow_is_gone());
}

TEST_F(LiveEvents, AreLimitedForEachAgent) {
  std::vector<std::unique_ptr<event_stream>> open;
  for (int i = 0; i < 10; ++i) {
    open.push_back(std::make_unique<event_stream>(server.port(), "X-API-Key: " + siti.second));
    expect_ready(*open.back());
  }
  const auto refused = server.call(siti.second, "GET", "/api/events");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many_streams");
  EXPECT_EQ(stream(budi.second).status(), 200);
  open.pop_back();
  EXPECT_TRUE(eventually([this] { return stream(siti.second).status() == 200; }));
}

TEST_F(LiveEvents, EndAtADrain) {
  auto events = stream(siti.second);
  expect_ready(events);
  server.services().engine.drain(5s);
  EXPECT_TRUE(events.ends());
  EXPECT_TRUE(events.complete());
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
