#include "tests/http/messages_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class ScheduledMessages : public Messages {
 protected:
  static std::string after(std::chrono::milliseconds from_now) {
    return format_rfc3339(system_now() + from_now);
  }
  api_answer schedule(const std::string& chat, std::chrono::milliseconds from_now,
                      const json& message = text("Later")) {
    return call("POST", "/" + chat + "/schedule",
                {{"send_at", after(from_now)}, {"message", message}});
  }
  /// At a fixed time, with an Idempotency-Key.
  api_answer schedule_once(const std::string& chat, const std::string& key,
                           const json& message = text("Later")) {
    return server.send("POST", "/api/conversations/" + chat + "/schedule",
                       json{{"send_at", in_an_hour}, {"message", message}}.dump(),
                       {{"X-API-Key", tenant.api_key}, {"Idempotency-Key", key}});
  }
  json listed_in(const std::string& chat, const std::string& query = "") {
    return call("GET", "/" + chat + "/scheduled" + query).json();
  }
  /// Puts the time of what is scheduled at the past, in its order, and wakes who looks for it.
  void time_comes() {
    sql("update scheduled_messages set send_at = send_at - interval '1 day' where status = "
        "'scheduled'");
    server.services().engine.message_scheduled(system_now());
  }
  api_answer cancel(const std::string& id) { return cancel(id, tenant.api_key); }
  api_answer cancel(const std::string& id, const std::string& key) {
    return server.call(key, "DELETE", "/api/scheduled-messages/" + id);
  }
  json only(const std::string& chat) { return listed_in(chat)["data"][0]; }
  std::vector<std::string> handed() {
    std::vector<std::string> texts;
    for (const auto& one : server.sender().sent())
      texts.push_back(json::parse(one.body)["text"]["body"]);
    return texts;
  }
  const std::string in_an_hour = after(std::chrono::hours{1});
};

TEST_F(ScheduledMessages, AreTakenOncePerKeyAlsoWhereConversationsBecomeOne) {
  const auto kept = chat(), gone = chat("Ani");
  const auto first = schedule_once(gone, "key");
  ASSERT_EQ(first.status, 201) << first.body;
  become_one(kept, gone);
  const auto again = schedule_once(gone, "key");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json()["id"], first.json()["id"]);
  EXPECT_EQ(again.json()["conversation_id"], kept);
  EXPECT_EQ(schedule_once(gone, "key 2").status, 404);
}

TEST_F(ScheduledMessages, AreSentAtTheirTime) {
  const auto id = chat();
  const auto made_it = schedule(id, std::chrono::seconds{5}, text("Good morning"));
  ASSERT_EQ(made_it.status, 201) << made_it.body;
  EXPECT_EQ(made_it.json()["status"], "scheduled");
  EXPECT_EQ(made_it.json()["message"], text("Good morning"));
  EXPECT_EQ(made_it.json()["created_by"], tenant.agent_id.to_string());
  const auto at = *parse_rfc3339(made_it.json()["send_at"].get<std::string>());
  ASSERT_TRUE(eventually([&] { return only(id)["status"] == "sent"; }));
  EXPECT_GE(system_now(), at);
  const auto sent = only(id);
  ASSERT_TRUE(eventually([&] { return !handed().empty(); }));
  const auto message = call("GET", "/" + id + "/messages").json()["data"][0];
  EXPECT_EQ(message["id"], sent["message_id"]);
  EXPECT_EQ(message["text"], "Good morning");
  EXPECT_EQ(message["sent_by"], tenant.agent_id.to_string());
  EXPECT_EQ(cancel(sent["id"]).code(), "not_scheduled");
  EXPECT_THAT(handed(), ElementsAre("Good morning")) << "once";
}

TEST_F(ScheduledMessages, WaitForTheirTime) {
  const auto id = chat();
  schedule(id, std::chrono::hours{30});
  schedule(chat("Ani"), std::chrono::hours{1}, text("Now"));
  time_comes();
  EXPECT_TRUE(eventually([&] { return !handed().empty(); }));
  EXPECT_THAT(handed(), ElementsAre("Now"));
  EXPECT_EQ(only(id)["status"], "scheduled");
}

TEST_F(ScheduledMessages, GoInTheOrderOfTheirTimes) {
  const auto id = chat();
  for (const int n : {3, 1, 2}) schedule(id, std::chrono::minutes{n}, text(std::to_string(n)));
  time_comes();
  EXPECT_TRUE(eventually([&] { return handed().size() == 3; }));
  EXPECT_THAT(handed(), ElementsAre("1", "2", "3"));
}

TEST_F(ScheduledMessages, AreCancelled) {
  const auto id = chat();
  const std::string one = schedule(id, std::chrono::minutes{1}).json()["id"];
  const auto cancelled = cancel(one);
  ASSERT_EQ(cancelled.status, 200) << cancelled.body;
  EXPECT_EQ(cancelled.json()["status"], "cancelled");
  EXPECT_EQ(cancelled.json()["cancelled_by"], tenant.agent_id.to_string());
  EXPECT_EQ(cancel(one).code(), "not_scheduled");
  schedule(id, std::chrono::minutes{2}, text("Next"));
  sql("update scheduled_messages set send_at = now() - interval '1 hour' where id = '" + one + "'");
  time_comes();
  EXPECT_TRUE(eventually([&] { return !handed().empty(); }));
  EXPECT_THAT(handed(), ElementsAre("Next"));
  EXPECT_EQ(cancel(nobody).status, 404);
}

TEST_F(ScheduledMessages, FailWithAReasonWhenTheyCannotBeSentThen) {
  const auto id = chat();
  schedule(id, std::chrono::minutes{1});
  sql("update conversations set last_inbound_at = now() - interval '25 hours'");
  time_comes();
  EXPECT_TRUE(eventually([&] { return only(id)["status"] == "failed"; }));
  EXPECT_EQ(only(id)["error_code"], "service_window_closed");
  EXPECT_TRUE(only(id).contains("error_message"));
  EXPECT_THAT(handed(), ElementsAre());
  EXPECT_EQ(call("GET", "/" + id + "/messages").json()["total"], 0);
}

TEST_F(ScheduledMessages, AreRefusedAsSendingIs) {
  const auto closed = add("Ani");
  EXPECT_EQ(schedule(closed, std::chrono::hours{1}).code(), "service_window_closed");
  const auto id = chat();
  EXPECT_THAT(schedule(id, std::chrono::hours{1}, {{"type", "text"}}).wrong_fields(),
              ElementsAre("message.text:required"));
  const json unknown{{"type", "template"}, {"template", {{"template_id", nobody}}}};
  EXPECT_THAT(schedule(id, std::chrono::hours{1}, unknown).wrong_fields(),
              ElementsAre("message.template.template_id:not_found"));
  EXPECT_THAT(call("POST", "/" + id + "/schedule", json::object()).wrong_fields(),
              UnorderedElementsAre("send_at:required", "message:required"));
  EXPECT_THAT(schedule(id, -std::chrono::seconds{1}).wrong_fields(),
              ElementsAre("send_at:in_the_past"));
  EXPECT_THAT(schedule(id, std::chrono::days{366}).wrong_fields(), ElementsAre("send_at:too_far"));
  EXPECT_EQ(schedule(id, std::chrono::days{364}).status, 201);
  EXPECT_EQ(schedule(nobody, std::chrono::hours{1}).status, 404);
}

TEST_F(ScheduledMessages, AreAtMostAHundredInAConversation) {
  const auto id = chat();
  sql("insert into scheduled_messages (tenant_id, conversation_id, message, draft, send_at, "
      "created_by) select tenant_id, id, '{}', '{}', now() + interval '1 day', tenant_id from "
      "conversations, generate_series(1, 100)");
  EXPECT_EQ(schedule(id, std::chrono::hours{1}).code(), "too_many_scheduled");
  sql("update scheduled_messages set status = 'cancelled' where id = (select min(id::text)::uuid "
      "from scheduled_messages)");
  EXPECT_EQ(schedule(id, std::chrono::hours{1}).status, 201);
}

TEST_F(ScheduledMessages, AreTakenHoweverManyMessagesWaitNow) {
  const auto id = chat();
  sql("with m as (insert into messages (tenant_id, conversation_id, direction, type, content, "
      "sent_at, status) select tenant_id, id, 'outbound', 'text', '{}', now(), 0 from "
      "conversations, generate_series(1, 100) returning *) insert into outgoing_messages "
      "(conversation_id, number, message_id, tenant_id, account_id, due_at) select v.id, "
      "row_number() over (), m.id, m.tenant_id, v.account_id, now() + interval '1 day' from m join "
      "conversations v on v.id = m.conversation_id");
  EXPECT_EQ(call("POST", "/" + id + "/messages", text("Now")).code(), "too_many_waiting");
  EXPECT_EQ(schedule(id, std::chrono::hours{1}).status, 201);
}

TEST_F(ScheduledMessages, AreScheduledOncePerKey) {
  const auto id = chat();
  const auto first = schedule_once(id, "key 1");
  ASSERT_EQ(first.status, 201) << first.body;
  const auto again = schedule_once(id, "key 1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.json(), first.json());
  EXPECT_EQ(schedule_once(id, "key 1", text("Other")).code(), "idempotency_key_reused");
  EXPECT_EQ(schedule_once(chat("Ani"), "key 1").code(), "idempotency_key_reused");
  EXPECT_EQ(schedule_once(id, "key 2").status, 201);
  EXPECT_THAT(schedule_once(id, std::string(256, 'k')).wrong_fields(),
              ElementsAre("Idempotency-Key:wrong_format"));
  EXPECT_EQ(listed_in(id)["total"], 2);
  // The window closes and the time passes: the answer to the same call stays the same.
  sql("update conversations set last_inbound_at = null");
  cancel(first.json()["id"]);
  EXPECT_EQ(schedule_once(id, "key 1").json()["status"], "cancelled");
  EXPECT_EQ(schedule_once(id, "key 3").code(), "service_window_closed");
}

TEST_F(ScheduledMessages, AreListedByPageAndStatus) {
  const auto id = chat();
  const std::string first = schedule(id, std::chrono::hours{1}, text("1")).json()["id"];
  schedule(id, std::chrono::hours{2}, text("2"));
  cancel(first);
  schedule(chat("Ani"), std::chrono::hours{3});
  const auto all = listed_in(id);
  EXPECT_EQ(all["total"], 2);
  EXPECT_EQ(all["data"][0]["message"], text("2")) << "the latest first";
  EXPECT_EQ(listed_in(id, "?status=cancelled")["data"][0]["id"], first);
  EXPECT_EQ(listed_in(id, "?per_page=1&page=2")["data"][0]["id"], first);
  EXPECT_THAT(call("GET", "/" + id + "/scheduled?status=lost").wrong_fields(),
              ElementsAre("status:not_in_enum"));
}

TEST_F(ScheduledMessages, AreForThoseWhoSeeTheConversation) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto id = chat();
  const std::string mine = schedule(id, std::chrono::hours{1}, text("Mine")).json()["id"];
  EXPECT_EQ(as(key, "GET", "/" + id + "/scheduled").json()["total"], 1) << "nobody's as yet";
  call("POST", "/" + id + "/takeover");
  EXPECT_EQ(as(key, "GET", "/" + id + "/scheduled").status, 404);
  EXPECT_EQ(cancel(mine, key).status, 404);
  EXPECT_EQ(cancel(mine, other.api_key).status, 404);
  EXPECT_EQ(server
                .call(other.api_key, "POST", "/api/conversations/" + id + "/schedule",
                      {{"send_at", after(std::chrono::hours{1})}, {"message", text("x")}})
                .status,
            404);
  call("PATCH", "/" + id + "/assign", {{"agent_id", siti.to_string()}});
  time_comes();
  EXPECT_TRUE(eventually([&] { return !handed().empty(); })) << "whoever has it by then";
}

}  // namespace
}  // namespace omnistream::test
