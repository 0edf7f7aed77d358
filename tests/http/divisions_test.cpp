#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* nobody = "018f5b6e-7a3c-7c11-9d55-2f6f1e5c0001";

class Divisions : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest = "",
                  const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/divisions" + rest, body);
  }
  std::string make(const std::string& name) {
    const auto made = call("POST", "", {{"name", name}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json().value("id", "");
  }
  std::string make_agent(const std::string& name) {
    const auto email = "agent" + std::to_string(++agents_made) + "@toko.example";
    const auto id = server.make_agent(tenant.id, email).first.to_string();
    sql("update agents set name = '" + name + "' where id = '" + id + "'");
    return id;
  }
  api_answer add(const std::string& division, const json& agents) {
    return call("POST", "/" + division + "/agents", {{"agent_ids", agents}});
  }
  api_answer take_out(const std::string& division, const json& agents) {
    return call("DELETE", "/" + division + "/agents", {{"agent_ids", agents}});
  }
  static std::vector<std::string> names(const json& list) {
    std::vector<std::string> found;
    for (const auto& one : list) found.push_back(one["name"]);
    return found;
  }
  std::vector<std::string> members(const std::string& division) {
    return names(call("GET", "/" + division + "/agents").json());
  }
  std::string sql(const std::string& text) const { return server.database().sql(text); }

  api_server server;
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
  int agents_made = 0;
};

// -- divisions themselves -------------------------------------------------------------------------

TEST_F(Divisions, AreMadeAndShown) {
  const auto made = call("POST", "", {{"name", "Sales"}, {"description", "Before the order"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["name"], "Sales");
  EXPECT_EQ(made.json()["description"], "Before the order");
  EXPECT_EQ(made.json()["agent_count"], 0);
  auto shown = made.json();
  EXPECT_EQ(call("GET").json(), json::array({shown}));
  shown["agents"] = json::array();
  const std::string id = shown["id"];
  EXPECT_EQ(call("GET", "/" + id).json(), shown);
  EXPECT_FALSE(call("POST", "", {{"name", "Care"}, {"description", nullptr}})
                   .json()
                   .contains("description"));
}

TEST_F(Divisions, AreListedByNameWithTheirNumberOfAgents) {
  EXPECT_EQ(call("GET").json(), json::array());
  const auto sales = make("Sales");
  make("billing");
  make("Care");
  add(sales, {make_agent("Ani"), make_agent("Budi")});
  const auto list = call("GET").json();
  EXPECT_THAT(names(list), ElementsAre("billing", "Care", "Sales"));
  EXPECT_EQ(list[0]["agent_count"], 0);
  EXPECT_EQ(list[2]["agent_count"], 2);
}

TEST_F(Divisions, AreRefusedWithEveryWrongField) {
  EXPECT_THAT(call("POST", "", json::object()).wrong_fields(), ElementsAre("name:required"));
  EXPECT_THAT(
      call("POST", "", {{"name", ""}, {"description", std::string(501, 'x')}, {"color", "red"}})
          .wrong_fields(),
      testing::UnorderedElementsAre("name:too_short", "description:too_long",
                                    "color:unknown_field"));
  EXPECT_THAT(call("POST", "", {{"name", std::string(101, 'x')}}).wrong_fields(),
              ElementsAre("name:too_long"));
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "\xc3\xa9";  // characters, not bytes
  const auto id = make(longest);
  EXPECT_THAT(call("PATCH", "/" + id, {{"name", nullptr}}).wrong_fields(),
              ElementsAre("name:null_not_allowed"));
  EXPECT_THAT(call("PATCH", "/" + id, {{"name", std::string(101, 'x')}}).wrong_fields(),
              ElementsAre("name:too_long"));
  EXPECT_EQ(call("GET").json().size(), 1U);
}

TEST_F(Divisions, HaveNamesOfTheirOwn) {
  const auto sales = make("Sales");
  const auto care = make("Caf\xc3\xa9");
  EXPECT_EQ(call("POST", "", {{"name", "sALES"}}).code(), "name_taken");
  EXPECT_EQ(call("POST", "", {{"name", "CAF\xc3\x89"}}).code(), "name_taken");
  EXPECT_EQ(call("PATCH", "/" + care, {{"name", "SALES"}}).code(), "name_taken");
  EXPECT_EQ(call("PATCH", "/" + sales, {{"name", "SALES"}}).json()["name"], "SALES");
  EXPECT_EQ(server.call(other.api_key, "POST", "/api/divisions", {{"name", "Sales"}}).status, 201);
}

TEST_F(Divisions, HaveOneOfANameWhateverHappensAtOnce) {
  std::vector<std::future<std::string>> calls;
  for (int i = 0; i < 8; ++i)
    calls.push_back(std::async(std::launch::async, [this] {
      const auto got = call("POST", "", {{"name", "Sales"}});
      return got.status == 201 ? "made" : got.code();
    }));
  std::vector<std::string> outcomes;
  for (auto& one : calls) outcomes.push_back(one.get());
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "made"), 1);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "name_taken"), 7);
}

TEST_F(Divisions, AreChanged) {
  const auto id = make("Sales");
  const auto changed = call("PATCH", "/" + id, {{"name", "Shop"}, {"description", "All orders"}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.json()["name"], "Shop");
  EXPECT_EQ(changed.json()["description"], "All orders");
  EXPECT_EQ(call("PATCH", "/" + id, {{"name", "Care"}}).json()["description"], "All orders");
  const auto cleared = call("PATCH", "/" + id, {{"description", nullptr}});
  EXPECT_EQ(cleared.json()["name"], "Care");
  EXPECT_FALSE(cleared.json().contains("description"));
  EXPECT_EQ(call("PATCH", "/" + id, json::object()).json()["name"], "Care");
  EXPECT_EQ(call("PATCH", std::string("/") + nobody, {{"name", "x"}}).status, 404);
}

TEST_F(Divisions, AreAtMostTwoHundred) {
  sql("insert into divisions (tenant_id, name) select '" + tenant.id.to_string() +
      "', 'n' || n from generate_series(1, 199) n");
  const auto last = make("Sales");
  EXPECT_EQ(call("POST", "", {{"name", "Care"}}).code(), "too_many_divisions");
  EXPECT_EQ(server.call(other.api_key, "POST", "/api/divisions", {{"name", "Care"}}).status, 201);
  EXPECT_EQ(call("DELETE", "/" + last).status, 200);
  make("Care");
}

TEST_F(Divisions, LeaveTheirAgentsAndAccountsWhenTheyGo) {
  const auto sales = make("Sales");
  const auto care = make("Care");
  const auto ani = make_agent("Ani");
  add(sales, {ani, make_agent("Budi")});
  add(care, {ani});
  const auto account = server
                           .call(tenant.api_key, "POST", "/api/integration-accounts",
                                 {{"channel", "email"},
                                  {"account_key", "a@toko.example"},
                                  {"display_name", "Mail"},
                                  {"division_id", sales}})
                           .json();
  ASSERT_EQ(account.value("division_id", ""), sales);
  const auto gone = call("DELETE", "/" + sales);
  ASSERT_EQ(gone.status, 200) << gone.body;
  EXPECT_EQ(gone.json()["removed_agents"], 2);
  EXPECT_EQ(gone.json()["unbound_accounts"], 1);
  EXPECT_EQ(call("GET", "/" + sales).status, 404);
  EXPECT_EQ(call("GET", "/" + sales + "/agents").status, 404);
  EXPECT_EQ(call("DELETE", "/" + sales).status, 404);
  EXPECT_THAT(members(care), ElementsAre("Ani"));
  const auto path = "/api/integration-accounts/" + account["id"].get<std::string>();
  const auto left = server.call(tenant.api_key, "GET", path);
  EXPECT_EQ(left.status, 200);
  EXPECT_FALSE(left.json().contains("division_id"));
  EXPECT_EQ(server.call(tenant.api_key, "GET", "/api/agents").json()["total"], 3);
}

// -- who is in them -------------------------------------------------------------------------------

TEST_F(Divisions, TakeAgentsIn) {
  const auto id = make("Sales");
  const auto ani = make_agent("ani");
  const auto budi = make_agent("Budi");
  const auto first = add(id, {budi, budi});
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.json()["added"], 1);
  const auto second = add(id, {ani, budi});
  EXPECT_EQ(second.json()["added"], 1) << "who is in it stays";
  EXPECT_THAT(names(second.json()["agents"]), ElementsAre("ani", "Budi"));
  EXPECT_EQ(second.json()["agents"][0],
            server.call(tenant.api_key, "GET", "/api/agents/" + ani).json());
  EXPECT_EQ(add(id, {ani, budi}).json()["added"], 0);
  EXPECT_EQ(call("GET", "/" + id + "/agents").json(), second.json()["agents"]);
  EXPECT_EQ(call("GET", "/" + id).json()["agents"], second.json()["agents"]);
  EXPECT_EQ(call("GET", "/" + id).json()["agent_count"], 2);
}

TEST_F(Divisions, LetAgentsGo) {
  const auto id = make("Sales");
  const auto ani = make_agent("Ani");
  const auto budi = make_agent("Budi");
  add(id, {ani, budi});
  const auto first = take_out(id, {ani});
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.json()["removed"], 1);
  EXPECT_THAT(names(first.json()["agents"]), ElementsAre("Budi"));
  EXPECT_EQ(take_out(id, {ani, budi}).json()["removed"], 1) << "who is not in it does no harm";
  EXPECT_EQ(take_out(id, {ani, budi}).json()["removed"], 0);
  EXPECT_THAT(members(id), IsEmpty());
}

TEST_F(Divisions, ShareAgents) {
  const auto sales = make("Sales");
  const auto care = make("Care");
  const auto ani = make_agent("Ani");
  add(sales, {ani});
  EXPECT_EQ(add(care, {ani}).json()["added"], 1);
  take_out(sales, {ani});
  EXPECT_THAT(members(sales), IsEmpty());
  EXPECT_THAT(members(care), ElementsAre("Ani"));
}

TEST_F(Divisions, NameEveryAgentThereIsNot) {
  const auto id = make("Sales");
  const auto ani = make_agent("Ani");
  for (const auto* method : {"POST", "DELETE"}) {
    const auto got = call(method, "/" + id + "/agents",
                          {{"agent_ids", {nobody, ani, other.agent_id.to_string()}}});
    EXPECT_EQ(got.status, 422);
    EXPECT_THAT(got.wrong_fields(), ElementsAre("agent_ids.0:not_found", "agent_ids.2:not_found"));
    EXPECT_THAT(got.body, HasSubstr(nobody));
  }
  EXPECT_THAT(members(id), IsEmpty()) << "nothing is done by halves";
  EXPECT_EQ(add(nobody, {nobody}).status, 404);
  EXPECT_EQ(take_out(nobody, {ani}).status, 404);
}

TEST_F(Divisions, TakeAThousandAgentsInOneCall) {
  const auto id = make("Sales");
  const auto ids = json::parse(
      sql("with made as (insert into agents (tenant_id, email, name, password_hash, role_id) "
          "select '" +
          tenant.id.to_string() +
          "', n || '@many.example', 'n' || n, 'x', '00000000-0000-7000-8000-000000000003' "
          "from generate_series(1, 1000) n returning id) select json_agg(id) from made"));
  const auto got = add(id, ids);
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["added"], 1000);
  auto more = ids;
  more.push_back(ids[0]);
  for (const auto* method : {"POST", "DELETE"}) {
    const auto path = "/" + id + "/agents";
    EXPECT_THAT(call(method, path, {{"agent_ids", more}}).wrong_fields(),
                ElementsAre("agent_ids:too_many_items"));
    EXPECT_THAT(call(method, path, {{"agent_ids", json::array()}}).wrong_fields(),
                ElementsAre("agent_ids:too_few_items"));
    EXPECT_THAT(call(method, path, {{"agent_ids", {"x", 1}}}).wrong_fields(),
                ElementsAre("agent_ids.0:bad_format", "agent_ids.1:wrong_type"));
    EXPECT_THAT(call(method, path, json::object()).wrong_fields(),
                ElementsAre("agent_ids:required"));
  }
  EXPECT_EQ(take_out(id, ids).json()["removed"], 1000);
}

TEST_F(Divisions, LoseAnAgentThatIsDeleted) {
  const auto sales = make("Sales");
  const auto care = make("Care");
  const auto ani = make_agent("Ani");
  add(sales, {ani, make_agent("Budi")});
  add(care, {ani});
  ASSERT_EQ(server.call(tenant.api_key, "DELETE", "/api/agents/" + ani).status, 200);
  EXPECT_THAT(members(sales), ElementsAre("Budi"));
  EXPECT_THAT(members(care), IsEmpty());
  EXPECT_THAT(take_out(sales, {ani}).wrong_fields(), ElementsAre("agent_ids.0:not_found"));
}

TEST_F(Divisions, StandWhateverHappensAtOnce) {
  for (int round = 0; round < 5; ++round) {
    const auto number = std::to_string(round);
    const auto id = make("Sales " + number);
    const auto ani = make_agent("ani" + number);
    const auto budi = make_agent("budi" + number);
    add(id, {ani});
    std::vector<std::future<int>> calls;
    const auto begin = [&calls](auto what) {
      calls.push_back(std::async(std::launch::async, what));
    };
    begin([&] { return server.call(tenant.api_key, "DELETE", "/api/agents/" + ani).status; });
    begin([&] { return add(id, {budi}).status; });
    begin([&] { return add(id, {ani, budi}).status; });
    begin([&] { return call("PATCH", "/" + id, {{"description", "busy"}}).status; });
    begin([&] { return call("DELETE", "/" + id).status; });
    for (auto& one : calls) EXPECT_THAT(one.get(), testing::AnyOf(200, 404, 422));
  }
  EXPECT_EQ(call("GET").json(), json::array());
  EXPECT_EQ(sql("select count(*) from division_agents"), "0");
}

// -- who may --------------------------------------------------------------------------------------

/// Every operation, with a body that is right: method, rest of the path, body.
std::vector<std::tuple<std::string, std::string, json>> every_operation(const std::string& division,
                                                                        const std::string& agent) {
  const auto one = "/" + division;
  const json agents{{"agent_ids", {agent}}};
  return {{"GET", "", nullptr},
          {"POST", "", {{"name", "Taken over"}}},
          {"GET", one, nullptr},
          {"PATCH", one, {{"description", "Taken over"}}},
          {"GET", one + "/agents", nullptr},
          {"POST", one + "/agents", agents},
          {"DELETE", one + "/agents", agents},
          {"DELETE", one, nullptr}};
}

TEST_F(Divisions, AreForSupervisorsAndAdmins) {
  const auto id = make("Sales");
  const auto ani = make_agent("Ani");
  const auto agents_key = server.make_agent(tenant.id, "budi@toko.example").second;
  const auto key = server.make_agent(tenant.id, "citra@toko.example", "supervisor").second;
  for (const auto& [method, rest, body] : every_operation(id, ani)) {
    const auto path = "/api/divisions" + rest;
    EXPECT_EQ(server.call(agents_key, method, path, body).code(), "permission_denied") << path;
    EXPECT_EQ(server.call("", method, path, body).status, 401) << path;
  }
  EXPECT_THAT(names(call("GET").json()), ElementsAre("Sales"));
  for (const auto& [method, rest, body] : every_operation(id, ani)) {
    const bool makes = method == "POST" && rest.empty();
    EXPECT_EQ(server.call(key, method, "/api/divisions" + rest, body).status, makes ? 201 : 200)
        << method << rest;
  }
}

TEST_F(Divisions, CanBeSeenByWhoCannotChangeThem) {
  sql("insert into roles (tenant_id, name, permissions) values ('" + tenant.id.to_string() +
      "', 'onlooker', '{divisions.view}')");
  const auto [agent, key] = server.make_agent(tenant.id, "dewi@toko.example");
  sql("update agents set role_id = (select id from roles where name = 'onlooker') where id = '" +
      agent.to_string() + "'");
  const auto id = make("Sales");
  for (const auto& [method, rest, body] : every_operation(id, agent.to_string()))
    EXPECT_EQ(server.call(key, method, "/api/divisions" + rest, body).status,
              method == "GET" ? 200 : 403)
        << method << rest;
}

TEST_F(Divisions, OfAnotherTenantDoNotExist) {
  const auto id = make("Sales");
  add(id, {make_agent("Ani")});
  const auto before = call("GET", "/" + id).json();
  const auto foreign_agent = other.agent_id.to_string();
  for (const auto& [method, rest, body] : every_operation(id, foreign_agent)) {
    if (rest.empty()) continue;
    EXPECT_EQ(server.call(other.api_key, method, "/api/divisions" + rest, body).status, 404)
        << method << rest;
  }
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/divisions").json(), json::array());
  EXPECT_EQ(call("GET", "/" + id).json(), before);
  EXPECT_EQ(call("GET", "/no-id").status, 404);
}

}  // namespace
}  // namespace omnistream::test
