#include "tests/http/conversations_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class Notes : public Conversations {
 protected:
  api_answer notes(const std::string& by, const std::string& method,
                   const json& body = nullptr) const {
    return server.call(by, method, "/api/conversations/" + conversation + "/notes", body);
  }
  api_answer note(const std::string& by, const std::string& method, const std::string& id,
                  const json& body = nullptr) const {
    return server.call(by, method, "/api/notes/" + id, body);
  }
  std::string write(const std::string& by, const json& body) const {
    const auto got = notes(by, "POST", body);
    EXPECT_EQ(got.status, 201) << got.body;
    return got.json().value("id", "");
  }
  std::vector<std::string> bodies(const std::string& query = "") const {
    std::vector<std::string> list;
    const auto page =
        server.call(tenant.api_key, "GET", "/api/conversations/" + conversation + "/notes" + query)
            .json();
    for (const auto& one : page["data"]) list.push_back(one["body"]);
    return list;
  }

  const std::string conversation = add("Ani");
  const std::pair<uuid, std::string> agent_siti = server.make_agent(tenant.id, "siti@toko.example");
  const std::string siti = agent_siti.first.to_string();
  const std::string& key = agent_siti.second;
};

TEST_F(Notes, AreWrittenAndShown) {
  const auto got = notes(
      key, "POST", {{"body", "Paid"}, {"mentions", {tenant.agent_id.to_string(), siti, siti}}});
  ASSERT_EQ(got.status, 201) << got.body;
  auto shown = got.json();
  for (const auto* field : {"id", "created_at", "updated_at"}) shown.erase(field);
  const json me{{"agent_id", tenant.agent_id.to_string()}, {"name", "Test Agent"}};
  const json her{{"agent_id", siti}, {"name", "Test Agent"}};
  EXPECT_EQ(shown, (json{{"conversation_id", conversation},
                         {"body", "Paid"},
                         {"author_id", siti},
                         {"author_name", "Test Agent"},
                         {"mentions", {me, her}}}));
  EXPECT_EQ(notes(tenant.api_key, "GET").json()["data"], json::array({got.json()}));
  EXPECT_EQ(notes(key, "POST", {{"body", "Twice"}}).json()["mentions"], json::array());
}

TEST_F(Notes, AreListedTheNewestFirst) {
  for (const auto* body : {"a", "b", "c"}) write(key, {{"body", body}});
  EXPECT_THAT(bodies(), ElementsAre("c", "b", "a"));
  EXPECT_THAT(bodies("?per_page=2&page=2"), ElementsAre("a"));
  const auto page = notes(key, "GET").json();
  EXPECT_EQ(page["total"], 3);
  EXPECT_EQ(page["total_pages"], 1);
  EXPECT_EQ(server.call(key, "GET", "/api/conversations/" + add("Budi") + "/notes").json()["data"],
            json::array());
  EXPECT_EQ(server.call(key, "GET", std::string("/api/conversations/") + nobody + "/notes").status,
            404);
}

TEST_F(Notes, AreChangedAndDeletedByTheirAuthor) {
  const auto id = write(key, {{"body", "Paid"}, {"mentions", {siti}}});
  const auto changed = note(key, "PATCH", id, {{"body", "Paid twice"}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json()["body"], "Paid twice");
  EXPECT_EQ(changed.json()["mentions"].size(), 1U);
  const auto cleared = note(key, "PATCH", id, {{"mentions", json::array()}}).json();
  EXPECT_EQ(cleared["body"], "Paid twice");
  EXPECT_EQ(cleared["mentions"], json::array());
  EXPECT_EQ(note(key, "DELETE", id).status, 200);
  EXPECT_EQ(note(key, "DELETE", id).status, 404);
  EXPECT_EQ(note(key, "PATCH", id, {{"body", "x"}}).status, 404);
  EXPECT_THAT(bodies(), IsEmpty());
}

TEST_F(Notes, OfOthersAreForAdmins) {
  const auto hers = write(key, {{"body", "Hers"}});
  const auto his_key = server.make_agent(tenant.id, "budi@toko.example").second;
  const auto supervisor = server.make_agent(tenant.id, "dewi@toko.example", "supervisor").second;
  for (const auto& other_key : {his_key, supervisor}) {
    EXPECT_EQ(note(other_key, "PATCH", hers, {{"body", "x"}}).code(), "not_the_author");
    EXPECT_EQ(note(other_key, "DELETE", hers).code(), "not_the_author");
  }
  EXPECT_THAT(bodies(), ElementsAre("Hers"));
  EXPECT_EQ(note(tenant.api_key, "PATCH", hers, {{"body", "Better"}}).json()["author_id"], siti);
  EXPECT_EQ(note(tenant.api_key, "DELETE", hers).status, 200);
}

TEST_F(Notes, MentionActiveAgentsOfTheTenant) {
  const auto [budi, budis_key] = server.make_agent(tenant.id, "budi@toko.example");
  sql("update agents set is_active = false where id = '" + budi.to_string() + "'");
  const json mentions{siti, nobody, other.agent_id.to_string(), budi.to_string()};
  const auto id = write(key, {{"body", "Paid"}});
  for (const auto& refused : {notes(key, "POST", {{"body", "x"}, {"mentions", mentions}}),
                              note(key, "PATCH", id, {{"body", "x"}, {"mentions", mentions}})})
    EXPECT_THAT(refused.wrong_fields(),
                ElementsAre("mentions.1:not_found", "mentions.2:not_found", "mentions.3:inactive"));
  EXPECT_THAT(bodies(), ElementsAre("Paid")) << "nothing is done by halves";
}

TEST_F(Notes, StayWhenAnAgentIsDeleted) {
  write(key, {{"body", "Paid"}, {"mentions", {siti, tenant.agent_id.to_string()}}});
  ASSERT_EQ(server.call(tenant.api_key, "DELETE", "/api/agents/" + siti).status, 200);
  const auto left = notes(tenant.api_key, "GET").json()["data"][0];
  EXPECT_EQ(left["author_id"], siti);
  EXPECT_FALSE(left.contains("author_name"));
  EXPECT_EQ(left["mentions"].size(), 1U);
}

TEST_F(Notes, HaveLimits) {
  json twenty = json::array(), more = json::array();
  for (int i = 0; i < 21; ++i) (i < 20 ? twenty : more).push_back(siti);
  more.insert(more.end(), twenty.begin(), twenty.end());
  const auto id = write(key, {{"body", std::string(4'000, 'x')}, {"mentions", twenty}});
  const json too_much{{"body", std::string(4'001, 'x')}, {"mentions", more}};
  for (const auto& refused : {notes(key, "POST", too_much), note(key, "PATCH", id, too_much)})
    EXPECT_THAT(refused.wrong_fields(), ElementsAre("body:too_long", "mentions:too_many_items"));
  EXPECT_THAT(notes(key, "POST", {{"body", ""}}).wrong_fields(), ElementsAre("body:too_short"));
  for (const auto& refused :
       {notes(key, "POST", {{"body", " \n\u00a0"}}), note(key, "PATCH", id, {{"body", " "}})})
    EXPECT_THAT(refused.wrong_fields(), ElementsAre("body:blank"));
  EXPECT_THAT(notes(key, "POST", json::object()).wrong_fields(), ElementsAre("body:required"));
  EXPECT_EQ(notes(key, "POST", {{"body", "x"}, {"pinned", true}}).status, 422);
}

// -- who may --------------------------------------------------------------------------------------

TEST_F(Notes, AreSeenWithTheirConversation) {
  const auto id = write(key, {{"body", "Paid"}});
  sql("update conversations set assigned_agent_id = '" + tenant.agent_id.to_string() + "'");
  EXPECT_EQ(notes(key, "GET").status, 404);
  EXPECT_EQ(notes(key, "POST", {{"body", "x"}}).status, 404);
  EXPECT_EQ(note(key, "PATCH", id, {{"body", "x"}}).status, 404) << "also one's own";
  EXPECT_EQ(note(key, "DELETE", id).status, 404);
  const auto supervisor = server.make_agent(tenant.id, "dewi@toko.example", "supervisor").second;
  EXPECT_EQ(notes(supervisor, "GET").json()["total"], 1);
}

TEST_F(Notes, OfAnotherTenantDoNotExist) {
  const auto id = write(key, {{"body", "Paid"}});
  EXPECT_EQ(notes(other.api_key, "GET").status, 404);
  EXPECT_EQ(notes(other.api_key, "POST", {{"body", "x"}}).status, 404);
  EXPECT_EQ(note(other.api_key, "PATCH", id, {{"body", "x"}}).status, 404);
  EXPECT_EQ(note(other.api_key, "DELETE", id).status, 404);
  EXPECT_THAT(bodies(), ElementsAre("Paid"));
}

TEST_F(Notes, NeedTheirPermissions) {
  const auto id = write(key, {{"body", "Paid"}});
  sql("insert into roles (tenant_id, name, permissions) values ('" + tenant.id.to_string() +
      "', 'onlooker', '{conversations.view}')");
  const auto [agent, onlooker] = server.make_agent(tenant.id, "dewi@toko.example");
  sql("update agents set role_id = (select id from roles where name = 'onlooker') where id = '" +
      agent.to_string() + "'");
  EXPECT_EQ(notes(onlooker, "GET").status, 200);
  EXPECT_EQ(notes(onlooker, "POST", {{"body", "x"}}).code(), "permission_denied");
  EXPECT_EQ(note(onlooker, "PATCH", id, {{"body", "x"}}).code(), "permission_denied");
  EXPECT_EQ(note(onlooker, "DELETE", id).code(), "permission_denied");
  EXPECT_EQ(notes("", "GET").status, 401);
  EXPECT_EQ(note("", "DELETE", id).status, 401);
}

}  // namespace
}  // namespace omnistream::test
