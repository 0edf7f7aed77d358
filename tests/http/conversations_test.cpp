#include <future>

#include "tests/http/conversations_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string quoted(const std::string& text) {
  return "'" + text + "'";
}

// -- reading --------------------------------------------------------------------------------------

TEST_F(Conversations, AreShown) {
  const auto sales = make_division("Sales");
  const auto id = add(
      "Budi",
      "unread_count, tags, division_id, assigned_agent_id, last_message_type, last_message_preview",
      "2, '{refund}', " + quoted(sales) + ", " + quoted(tenant.agent_id.to_string()) +
          ", 'text', 'Halo'");
  const auto got = call("GET", "/" + id);
  ASSERT_EQ(got.status, 200) << got.body;
  auto shown = got.json();
  for (const auto* field : {"created_at", "updated_at", "contact_id"}) shown.erase(field);
  EXPECT_EQ(shown, (json{{"id", id},
                         {"contact_name", "Budi"},
                         {"contact_phone_number", "+628121000001"},
                         {"integration_account_id", account},
                         {"account_name", "Toko"},
                         {"channel", "whatsapp"},
                         {"status", "open"},
                         {"assigned_agent_id", tenant.agent_id.to_string()},
                         {"assigned_agent_name", "Test Agent"},
                         {"division_id", sales},
                         {"division_name", "Sales"},
                         {"tags", {"refund"}},
                         {"unread_count", 2},
                         {"last_message_type", "text"},
                         {"last_message_preview", "Halo"},
                         {"last_message_at", "2026-11-20T10:00:01.000Z"},
                         {"last_inbound_at", "2026-11-20T10:00:01.000Z"},
                         {"service_window_until", "2026-11-21T10:00:01.000Z"}}));
  EXPECT_EQ(call("GET").json()["data"], json::array({got.json()}));
  EXPECT_EQ(call("GET", std::string("/") + nobody).status, 404);
}

TEST_F(Conversations, AreListedByTheirLatestMessage) {
  const auto ani = add("Ani");
  add("Budi");
  add("Citra");
  EXPECT_THAT(listed(), ElementsAre("Citra", "Budi", "Ani"));
  sql("update conversations set last_message_at = '2026-11-21T00:00:00Z', status = 'pending' where "
      "id = " +
      quoted(ani));
  EXPECT_THAT(listed(), ElementsAre("Ani", "Citra", "Budi")) << "whatever the status";
  const auto page = call("GET", "?per_page=2&page=2").json();
  EXPECT_EQ(page["data"][0]["contact_name"], "Budi");
  EXPECT_EQ(page["data"].size(), 1U);
  EXPECT_EQ(page["total"], 3);
  EXPECT_EQ(page["total_pages"], 2);
  EXPECT_EQ(call("GET", "?page=3&per_page=2").json()["data"], json::array());
}

TEST_F(Conversations, OfABroadcastAreNotListedAndCanBeSeen) {
  const auto id = add("Ani");
  sql("update conversations set in_inbox = false");
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(call("GET", "/" + id).status, 200);
  EXPECT_EQ(call("POST", "/" + id + "/read").status, 200);
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(call("POST", "/" + id + "/takeover").status, 200);
  EXPECT_THAT(listed(), ElementsAre("Ani"));
}

TEST_F(Conversations, AreFoundByEveryFilter) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto me = tenant.agent_id.to_string();
  const auto sales = make_division("Sales");
  add("Open");
  add("Done", "status, resolved_at", "'resolved', now()");
  add("Siti", "assigned_agent_id", quoted(siti.to_string()));
  add("Mine", "assigned_agent_id, division_id, tags",
      quoted(me) + ", " + quoted(sales) + ", '{vip,refund}'");
  add("Sales", "division_id, status, tags", quoted(sales) + ", 'pending', '{vip}'");
  sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
      "last_message_at) select tenant_id, id, tenant_id, 'email', true, '2026-11-20T09:00:00Z' "
      "from contacts where name = 'Open'");
  const auto contact = sql("select id from contacts where name = 'Open'");
  EXPECT_THAT(listed("?status=open"), ElementsAre("Mine", "Siti", "Open", "Open"));
  EXPECT_THAT(listed("?status=resolved"), ElementsAre("Done"));
  EXPECT_THAT(listed("?status=expired"), IsEmpty());
  EXPECT_THAT(listed("?channel=email"), ElementsAre("Open"));
  EXPECT_THAT(listed("?assigned=me"), ElementsAre("Mine"));
  EXPECT_THAT(listed("?assigned=none"), ElementsAre("Sales", "Done", "Open", "Open"));
  EXPECT_THAT(listed("?assigned_agent_id=" + siti.to_string()), ElementsAre("Siti"));
  EXPECT_THAT(listed("?assigned_agent_id=" + sales), IsEmpty()) << "no agent";
  EXPECT_THAT(listed("?division_id=" + sales), ElementsAre("Sales", "Mine"));
  EXPECT_THAT(listed("?tag=vip"), ElementsAre("Sales", "Mine"));
  EXPECT_THAT(listed("?contact_id=" + contact), ElementsAre("Open", "Open"));
  EXPECT_THAT(listed("?contact_id=" + contact + "&channel=email"), ElementsAre("Open"));
  EXPECT_THAT(listed("?division_id=" + sales + "&assigned=none"), ElementsAre("Sales"));
  EXPECT_THAT(listed("?division_id=" + sales + "&assigned=me&tag=refund"), ElementsAre("Mine"));
  EXPECT_THAT(listed("?status=pending&tag=refund"), IsEmpty());
}

TEST_F(Conversations, RefuseFiltersTheyDoNotKnow) {
  EXPECT_THAT(
      call("GET", "?status=closed&channel=fax&assigned=you&page=0&per_page=101").wrong_fields(),
      UnorderedElementsAre("status:not_in_enum", "channel:not_in_enum", "assigned:not_in_enum",
                           "page:out_of_range", "per_page:out_of_range"));
  EXPECT_THAT(call("GET", std::string("?assigned=me&assigned_agent_id=") + nobody).wrong_fields(),
              ElementsAre("assigned_agent_id:ambiguous"));
}

TEST_F(Conversations, CountTheNewestFiveThousand) {
  sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
      "last_message_at, status, resolved_at) select '" +
      tenant.id.to_string() +
      "', uuid_v7(), uuid_v7(), 'whatsapp', true, now() - n * interval '1 s', case n % 2 when 0 "
      "then 'open' else 'resolved' end, case n % 2 when 1 then now() end from "
      "generate_series(1, 5100) n");
  EXPECT_EQ(call("GET").json()["total"], 5000);
  EXPECT_EQ(call("GET", "?page=50&per_page=100").json()["data"].size(), 100U);
  EXPECT_EQ(call("GET", "?page=51&per_page=100").json()["data"].size(), 0U);
  EXPECT_EQ(call("GET", "?status=open").json()["total"], 2550) << "a filter reaches further";
}

TEST_F(Conversations, ShowTheirMessages) {
  const auto id = add("Ani");
  const auto message = [&](const std::string& wamid, int second, const json& content) {
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values ('" +
        tenant.id.to_string() + "', " + quoted(id) + ", 'inbound', " + quoted(wamid) + ", " +
        quoted(content["type"]) + ", " + quoted(content.dump()) + ", '2026-11-20T10:00:0" +
        std::to_string(second) + "Z')");
  };
  const json first{{"type", "text"}, {"text", {{"body", "Halo"}}}, {"context", nullptr}};
  message("b", 2, {{"type", "image"}, {"image", {{"id", "9"}}}});
  message("a", 1, first);
  message("c", 3, {{"type", "text"}, {"text", {{"body", "Bye"}}}});
  const auto ids = [&](const std::string& query) {
    std::vector<std::string> found;
    const auto page = call("GET", "/" + id + "/messages" + query).json();
    EXPECT_EQ(page["total"], 3);
    for (const auto& one : page["data"]) found.push_back(one["external_id"]);
    return found;
  };
  EXPECT_THAT(ids(""), ElementsAre("c", "b", "a"));
  EXPECT_THAT(ids("?order=oldest"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids("?order=oldest&per_page=2&page=2"), ElementsAre("c"));
  EXPECT_THAT(ids("?per_page=2"), ElementsAre("c", "b"));
  const auto shown = call("GET", "/" + id + "/messages?order=oldest").json()["data"];
  EXPECT_EQ(shown[0]["content"], first) << "as Meta sent it";
  EXPECT_EQ(shown[0]["text"], "Halo");
  EXPECT_EQ(shown[0]["sent_at"], "2026-11-20T10:00:01.000Z");
  EXPECT_FALSE(shown[1].contains("text"));
  EXPECT_THAT(call("GET", "/" + id + "/messages?order=random").wrong_fields(),
              ElementsAre("order:not_in_enum"));
  EXPECT_EQ(call("GET", "/" + add("Budi") + "/messages").json()["data"], json::array());
  EXPECT_EQ(call("GET", std::string("/") + nobody + "/messages").status, 404);
}

// -- changing -------------------------------------------------------------------------------------

TEST_F(Conversations, AreAssigned) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto path = "/" + add("Ani") + "/assign";
  const auto given = call("PATCH", path, {{"agent_id", siti.to_string()}});
  ASSERT_EQ(given.status, 200) << given.body;
  EXPECT_EQ(given.json()["assigned_agent_id"], siti.to_string());
  EXPECT_EQ(call("PATCH", path, {{"agent_id", siti.to_string()}}).json(), given.json());
  EXPECT_FALSE(call("PATCH", path, {{"agent_id", nullptr}}).json().contains("assigned_agent_id"));
  EXPECT_THAT(call("PATCH", path, json::object()).wrong_fields(), ElementsAre("agent_id:required"));
  for (const auto& stranger : {std::string(nobody), other.agent_id.to_string()})
    EXPECT_THAT(call("PATCH", path, {{"agent_id", stranger}}).wrong_fields(),
                ElementsAre("agent_id:not_found"));
  sql("update agents set is_active = false where id = " + quoted(siti.to_string()));
  EXPECT_THAT(call("PATCH", path, {{"agent_id", siti.to_string()}}).wrong_fields(),
              ElementsAre("agent_id:inactive"));
}

TEST_F(Conversations, MoveThroughTheirStatuses) {
  const auto id = add("Ani");
  const auto become = [&](const std::string& status) {
    return call("PATCH", "/" + id + "/status", {{"status", status}});
  };
  EXPECT_EQ(become("pending").json()["status"], "pending");
  const auto resolved = become("resolved").json();
  EXPECT_EQ(resolved["status"], "resolved");
  EXPECT_TRUE(resolved.contains("resolved_at"));
  EXPECT_EQ(become("resolved").json(), resolved) << "once more changes nothing";
  EXPECT_EQ(become("pending").code(), "conversation_ended");
  EXPECT_EQ(call("POST", "/" + id + "/takeover").code(), "conversation_ended");
  EXPECT_EQ(call("PATCH", "/" + id + "/assign", {{"agent_id", tenant.agent_id.to_string()}}).code(),
            "conversation_ended");
  EXPECT_FALSE(become("open").json().contains("resolved_at"));
  EXPECT_THAT(become("expired").wrong_fields(), ElementsAre("status:not_in_enum"));
}

TEST_F(Conversations, AreReadAndTagged) {
  const auto id = add("Ani", "unread_count", "4");
  EXPECT_EQ(call("POST", "/" + id + "/read").json()["unread_count"], 0);
  const auto tagged = call("PATCH", "/" + id + "/tags", {{"tags", {"b, \"c\"", "a", "a"}}});
  EXPECT_EQ(tagged.json()["tags"], json({"a", "b, \"c\""}));
  EXPECT_THAT(listed("?tag=a"), ElementsAre("Ani"));
  EXPECT_EQ(call("PATCH", "/" + id + "/tags", {{"tags", json::array()}}).json()["tags"],
            json::array());
  EXPECT_THAT(
      call("PATCH", "/" + id + "/tags", {{"tags", {"", std::string(65, 'x')}}}).wrong_fields(),
      ElementsAre("tags.0:too_short", "tags.1:too_long"));
  EXPECT_THAT(call("PATCH", "/" + id + "/tags", {{"tags", {"a", " "}}}).wrong_fields(),
              ElementsAre("tags.1:blank"));
  const auto in_bulk = [&](const std::string& action) {
    return call("POST", "/bulk", {{"ids", {id}}, {"action", action}, {"tags", {" "}}});
  };
  EXPECT_THAT(in_bulk("add_tags").wrong_fields(), ElementsAre("tags.0:blank"));
  EXPECT_EQ(in_bulk("remove_tags").json()["succeeded"], 1) << "one that was given before";
}

TEST_F(Conversations, AreTakenOver) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto id = add("Ani");
  EXPECT_EQ(as(key, "POST", "/" + id + "/takeover").json()["assigned_agent_id"], siti.to_string());
  EXPECT_EQ(call("POST", "/" + id + "/takeover").json()["assigned_agent_id"],
            tenant.agent_id.to_string());
  EXPECT_EQ(as(key, "POST", "/" + id + "/takeover").status, 404) << "not hers to see any more";
}

TEST_F(Conversations, AreTransferred) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto sales = make_division("Sales");
  const auto id = add("Ani", "assigned_agent_id", quoted(tenant.agent_id.to_string()));
  const auto path = "/" + id + "/transfer";
  EXPECT_EQ(call("GET", path + "s").json(), json::array());
  EXPECT_EQ(call("POST", path, {{"to_agent_id", siti.to_string()}, {"note", "A refund"}}).json(),
            (json{{"message", "The conversation is transferred."},
                  {"conversation_id", id},
                  {"from_agent_id", tenant.agent_id.to_string()},
                  {"to_agent_id", siti.to_string()}}));
  EXPECT_EQ(call("POST", path, {{"to_agent_id", siti.to_string()}}).code(), "already_there");
  EXPECT_EQ(as(key, "POST", path, {{"to_division_id", sales}}).json(),
            (json{{"message", "The conversation is transferred."},
                  {"conversation_id", id},
                  {"from_agent_id", siti.to_string()},
                  {"to_division_id", sales}}));
  const auto now_is = call("GET", "/" + id).json();
  EXPECT_EQ(now_is["division_id"], sales);
  EXPECT_FALSE(now_is.contains("assigned_agent_id"));
  auto history = call("GET", path + "s").json();
  ASSERT_EQ(history.size(), 2U);
  for (auto& one : history) one.erase("id"), one.erase("created_at");
  EXPECT_EQ(history[0], (json{{"conversation_id", id},
                              {"from_agent_id", siti.to_string()},
                              {"from_agent_name", "Test Agent"},
                              {"to_division_id", sales},
                              {"to_division_name", "Sales"},
                              {"transferred_by", siti.to_string()},
                              {"transferred_by_name", "Test Agent"}}));
  EXPECT_EQ(history[1]["note"], "A refund");
  EXPECT_THAT(call("POST", path, json::object()).wrong_fields(),
              ElementsAre("to_agent_id:required", "to_division_id:required"));
  EXPECT_THAT(call("POST", path, {{"to_agent_id", siti.to_string()}, {"note", " "}}).wrong_fields(),
              ElementsAre("note:blank"));
  EXPECT_THAT(call("POST", path, {{"to_agent_id", nobody}}).wrong_fields(),
              ElementsAre("to_agent_id:not_found"));
  EXPECT_THAT(call("POST", path, {{"to_division_id", nobody}}).wrong_fields(),
              ElementsAre("to_division_id:not_found"));
  call("PATCH", "/" + id + "/status", {{"status", "resolved"}});
  EXPECT_EQ(call("POST", path, {{"to_agent_id", siti.to_string()}}).code(), "conversation_ended");
}

TEST_F(Conversations, ShowFiftyTransfers) {
  const auto id = add("Ani");
  sql("insert into conversation_transfers (tenant_id, conversation_id, to_agent_id, "
      "transferred_by, "
      "note, created_at) select tenant_id, id, tenant_id, tenant_id, n::text, now() + n * interval "
      "'1 s' from conversations, generate_series(1, 60) n");
  const auto history = call("GET", "/" + id + "/transfers").json();
  ASSERT_EQ(history.size(), 50U);
  EXPECT_EQ(history[0]["note"], "60");
  EXPECT_EQ(history[49]["note"], "11");
}

TEST_F(Conversations, LoseAgentAndDivisionThatAreDeleted) {
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  const auto sales = make_division("Sales");
  const auto id =
      add("Ani", "assigned_agent_id, division_id", quoted(siti.to_string()) + ", " + quoted(sales));
  ASSERT_EQ(server.call(tenant.api_key, "DELETE", "/api/agents/" + siti.to_string()).status, 200);
  ASSERT_EQ(server.call(tenant.api_key, "DELETE", "/api/divisions/" + sales).status, 200);
  const auto left = call("GET", "/" + id).json();
  EXPECT_FALSE(left.contains("assigned_agent_id"));
  EXPECT_FALSE(left.contains("division_id"));
  EXPECT_THAT(listed("?assigned=none"), ElementsAre("Ani"));
}

TEST_F(Conversations, ChangeOneCommandAfterTheOther) {
  const auto id = add("Ani");
  std::vector<std::future<int>> calls;
  for (int i = 0; i < 16; ++i)
    calls.push_back(std::async(std::launch::async, [&, i] {
      return call("POST", "/bulk",
                  {{"ids", {id}}, {"action", "add_tags"}, {"tags", {"t" + std::to_string(i)}}})
          .json()["succeeded"]
          .get<int>();
    }));
  for (auto& one : calls) EXPECT_EQ(one.get(), 1);
  EXPECT_EQ(call("GET", "/" + id).json()["tags"].size(), 16U) << "none undoes another";
}

// -- bulk -----------------------------------------------------------------------------------------

TEST_F(Conversations, AreChangedInBulkEachForItself) {
  const auto open = add("Ani");
  const auto done = add("Budi", "status, resolved_at", "'resolved', now()");
  const auto got =
      call("POST", "/bulk",
           {{"ids", {open, nobody, done, open}}, {"action", "status"}, {"status", "pending"}});
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["succeeded"], 1);
  EXPECT_EQ(got.json()["failed"], 2);
  const auto results = got.json()["results"];
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0], (json{{"id", open}, {"ok", true}}));
  EXPECT_EQ(results[1]["error"]["code"], "not_found");
  EXPECT_EQ(results[2]["error"]["status"], 409);
  EXPECT_EQ(results[2]["error"]["code"], "conversation_ended");
  EXPECT_EQ(call("GET", "/" + open).json()["status"], "pending");
}

TEST_F(Conversations, KnowEveryBulkAction) {
  const auto id = add("Ani", "unread_count", "1");
  const auto act = [&](json body) {
    body["ids"] = {id};
    const auto got = call("POST", "/bulk", body);
    EXPECT_EQ(got.json().value("succeeded", -1), 1) << got.body;
    return call("GET", "/" + id).json();
  };
  const auto me = tenant.agent_id.to_string();
  EXPECT_EQ(act({{"action", "assign"}, {"agent_id", me}})["assigned_agent_id"], me);
  EXPECT_FALSE(act({{"action", "assign"}, {"agent_id", nullptr}}).contains("assigned_agent_id"));
  EXPECT_EQ(act({{"action", "takeover"}})["assigned_agent_id"], me);
  EXPECT_EQ(act({{"action", "read"}})["unread_count"], 0);
  EXPECT_EQ(act({{"action", "add_tags"}, {"tags", {"b", "a"}}})["tags"], json({"a", "b"}));
  EXPECT_EQ(act({{"action", "remove_tags"}, {"tags", {"a"}}})["tags"], json({"b"}));
  EXPECT_EQ(act({{"action", "status"}, {"status", "resolved"}})["status"], "resolved");
}

TEST_F(Conversations, AreChangedAHundredAtATime) {
  json ids = json::array();
  for (int i = 0; i < 100; ++i) ids.push_back(add("n" + std::to_string(i)));
  EXPECT_EQ(call("POST", "/bulk", {{"ids", ids}, {"action", "takeover"}}).json()["succeeded"], 100);
  EXPECT_EQ(call("GET", "?assigned=me").json()["total"], 100);
  ids.push_back(nobody);
  EXPECT_THAT(call("POST", "/bulk", {{"ids", ids}, {"action", "read"}}).wrong_fields(),
              ElementsAre("ids:too_many_items"));
  const auto lacking = [&](const std::string& action) {
    return call("POST", "/bulk", {{"ids", {nobody}}, {"action", action}}).wrong_fields();
  };
  EXPECT_THAT(lacking("assign"), ElementsAre("agent_id:required"));
  EXPECT_THAT(lacking("status"), ElementsAre("status:required"));
  EXPECT_THAT(lacking("add_tags"), ElementsAre("tags:required"));
  EXPECT_THAT(lacking("delete"), ElementsAre("action:not_in_enum"));
}

}  // namespace
}  // namespace omnistream::test
