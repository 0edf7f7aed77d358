#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Contacts : public testing::Test {
 protected:
  api_answer call(const std::string& method, const std::string& rest, const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/contacts" + rest, body);
  }
  /// A contact written to the database; later ones are newer.
  std::string add(const test_tenant& of, const std::string& number, const std::string& name,
                  const std::string& tags = "{}") {
    return server.database().sql(
        "insert into contacts (tenant_id, phone_number, name, email, tags, created_at) values ('" +
        of.id.to_string() + "', '" + number + "', '" + name + "', '" + name + "@mail.example', '" +
        tags +
        "', now() + interval '1 second' * (select count(*) from "
        "contacts)) returning id");
  }
  std::vector<std::string> names(const std::string& query) {
    const auto answer = call("GET", query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::vector<std::string> list;
    const auto page = answer.json();
    for (const auto& one : page["data"]) list.push_back(one["name"]);
    return list;
  }

  api_server server;
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

TEST_F(Contacts, AreListedNewestFirst) {
  add(tenant, "+6281200000001", "Adi");
  add(tenant, "+6281200000002", "Budi");
  add(tenant, "+6281200000003", "Citra");
  add(other, "+6281200000001", "Hidden");
  const auto first = call("GET", "?per_page=2").json();
  EXPECT_EQ(first["data"][0]["name"], "Citra");
  EXPECT_EQ(first["data"][1]["name"], "Budi");
  EXPECT_EQ(first["total"], 3);
  EXPECT_EQ(first["total_pages"], 2);
  EXPECT_THAT(names("?per_page=2&page=2"), ElementsAre("Adi"));
  EXPECT_THAT(names("?page=3"), IsEmpty());
}

TEST_F(Contacts, AreFoundByNameAddressNumberAndTag) {
  add(tenant, "+6281200000001", "Adi", "{vip}");
  add(tenant, "+6281299900002", "Budi", "{vip,jakarta}");
  add(other, "+6281299900002", "Hidden", "{vip}");
  EXPECT_THAT(names("?search=bud"), ElementsAre("Budi"));
  EXPECT_THAT(names("?search=ADI%40MAIL"), ElementsAre("Adi"));
  EXPECT_THAT(names("?search=0812%20999"), ElementsAre("Budi"));
  EXPECT_THAT(names("?search=%2B62812"), ElementsAre("Budi", "Adi"));
  EXPECT_THAT(names("?search=%25"), IsEmpty());
  EXPECT_THAT(names("?tag=vip"), ElementsAre("Budi", "Adi"));
  EXPECT_THAT(names("?tag=vip&search=adi"), ElementsAre("Adi"));
  EXPECT_EQ(call("GET", "?tag=jakarta").json()["total"], 1);
}

TEST_F(Contacts, RefusesWrongParameters) {
  EXPECT_THAT(
      call("GET", "?page=0&per_page=101&search=").wrong_fields(),
      UnorderedElementsAre("page:out_of_range", "per_page:out_of_range", "search:too_short"));
  EXPECT_EQ(call("GET", "?page=9223372036854775807").status, 422);
}

TEST_F(Contacts, AreChanged) {
  const auto id = add(tenant, "+6281200000001", "Adi");
  const auto changed = call("PATCH", "/" + id,
                            {{"name", "Adi W"},
                             {"email", nullptr},
                             {"tags", {"vip", "new", "vip"}},
                             {"phone_number", "0812-3456-7890"},
                             {"opted_out", true}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  const auto contact = changed.json();
  EXPECT_EQ(contact["name"], "Adi W");
  EXPECT_FALSE(contact.contains("email"));
  EXPECT_EQ(contact["tags"], json({"new", "vip"}));
  EXPECT_EQ(contact["phone_number"], "+6281234567890");
  EXPECT_EQ(contact["opted_out"], true);
  EXPECT_TRUE(contact.contains("opted_out_at"));
  EXPECT_EQ(call("GET", "/" + id).json(), contact);
  const auto back = call("PATCH", "/" + id, {{"opted_out", false}}).json();
  EXPECT_EQ(back["opted_out"], false);
  EXPECT_FALSE(back.contains("opted_out_at"));
  EXPECT_EQ(back["name"], "Adi W");
}

TEST_F(Contacts, SaysAllThatIsWrongWithAChange) {
  const auto id = add(tenant, "+6281200000001", "Adi");
  EXPECT_THAT(call("PATCH", "/" + id,
                   {{"name", ""},
                    {"email", "nobody"},
                    {"tags", {"ok", std::string(65, 'x')}},
                    {"opted_out", "yes"},
                    {"age", 7}})
                  .wrong_fields(),
              UnorderedElementsAre("name:too_short", "email:bad_format", "tags.1:too_long",
                                   "opted_out:wrong_type", "age:unknown_field"));
  EXPECT_THAT(call("PATCH", "/" + id, {{"tags", {"ok", " ", "\u3000"}}}).wrong_fields(),
              ElementsAre("tags.1:blank", "tags.2:blank"));
  EXPECT_THAT(call("PATCH", "/" + id, {{"tags", std::vector<std::string>(51, "x")}}).wrong_fields(),
              ElementsAre("tags:too_many_items"));
  EXPECT_THAT(call("PATCH", "/" + id, {{"phone_number", "12"}}).wrong_fields(),
              ElementsAre("phone_number:bad_phone_number"));
}

TEST_F(Contacts, HaveNumbersOfTheirOwn) {
  const auto id = add(tenant, "+6281200000001", "Adi");
  add(tenant, "+6281200000002", "Budi");
  add(other, "+6281200000003", "Hidden");
  const auto taken = call("PATCH", "/" + id, {{"phone_number", "081200000002"}, {"name", "X"}});
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.code(), "phone_number_taken");
  EXPECT_EQ(call("GET", "/" + id).json()["name"], "Adi");
  EXPECT_EQ(call("PATCH", "/" + id, {{"phone_number", "081200000003"}}).status, 200);
  EXPECT_EQ(call("PATCH", "/" + id, {{"phone_number", "081200000003"}}).status, 200);
}

TEST_F(Contacts, ShowTheirConversations) {
  const auto id = add(tenant, "+6281200000001", "Adi");
  EXPECT_EQ(call("GET", "/" + id + "/conversations").json(), json::array());
  const auto account = server.database().sql(
      "insert into integration_accounts (tenant_id, channel, account_key, display_name) values ('" +
      tenant.id.to_string() + "', 'whatsapp', 'wa-1', 'Toko') returning id");
  const auto talk = [&](const std::string& through, const std::string& when) {
    return server.database().sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, last_message_at) "
        "values ('" +
        tenant.id.to_string() + "', '" + id + "', " + through + ", 'whatsapp', '" + when +
        "') returning id");
  };
  const auto older = talk("'" + account + "'", "2026-01-01T00:00:00Z");
  const auto newer = talk("gen_random_uuid()", "2026-01-02T00:00:00Z");
  const auto list = call("GET", "/" + id + "/conversations").json();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["id"], newer);
  EXPECT_FALSE(list[0].contains("account_name"));
  EXPECT_EQ(list[1]["id"], older);
  EXPECT_EQ(list[1]["account_id"], account);
  EXPECT_EQ(list[1]["account_name"], "Toko");
  EXPECT_EQ(list[1]["last_message_at"], "2026-01-01T00:00:00.000Z");
}

TEST_F(Contacts, ShowOnlyConversationsTheCallerSees) {
  const auto id = add(tenant, "+6281200000001", "Adi");
  const auto [agent, key] = server.make_agent(tenant.id, "agent@toko.example");
  const auto talk = [&](const std::string& agent_id) {
    server.database().sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
        "assigned_agent_id) values ('" +
        tenant.id.to_string() + "', '" + id + "', gen_random_uuid(), 'whatsapp', true, " +
        agent_id + ")");
  };
  talk("'" + tenant.agent_id.to_string() + "'");
  talk("'" + agent.to_string() + "'");
  const auto path = "/api/contacts/" + id + "/conversations";
  EXPECT_EQ(server.call(tenant.api_key, "GET", path).json().size(), 2u);
  EXPECT_EQ(server.call(key, "GET", path).json().size(), 1u);
}

TEST_F(Contacts, ShowWhoTheyAreElsewhere) {
  const auto id = add(tenant, "+6281200000001", "Adi");
  EXPECT_FALSE(call("GET", "/" + id).json().contains("identities"));
  server.database().sql(
      "insert into contact_identities (tenant_id, channel, external_id, contact_id) values ('" +
      tenant.id.to_string() + "', 'messenger', '55', '" + id + "')");
  EXPECT_EQ(call("GET", "/" + id).json()["identities"],
            json::array({{{"channel", "messenger"}, {"external_id", "55"}}}));
}

TEST_F(Contacts, OfOtherTenantsAreNotThere) {
  const auto id = add(other, "+6281200000001", "Hidden");
  EXPECT_EQ(call("GET", "/" + id).status, 404);
  EXPECT_EQ(call("PATCH", "/" + id, {{"name", "X"}}).status, 404);
  EXPECT_EQ(call("GET", "/" + id + "/conversations").status, 404);
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/contacts/" + id).json()["name"], "Hidden");
}

TEST_F(Contacts, NeedPermission) {
  EXPECT_EQ(server.call("", "GET", "/api/contacts").status, 401);
  const auto [agent, key] = server.make_agent(tenant.id, "agent@toko.example");
  EXPECT_EQ(server.call(key, "GET", "/api/contacts").status, 200);
}

}  // namespace
}  // namespace omnistream::test
