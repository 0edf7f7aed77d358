// What subscriptions are told of divisions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// A tenant with two agents and a subscription to divisions, without a server that would post.
class DivisionEvents : public testing::Test {
 protected:
  DivisionEvents() {
    for (const auto* name : {"ani", "budi"})
      sql("insert into agents (id, tenant_id, email, name, password_hash, role_id) select '" +
          std::string(name == std::string("ani") ? ani : budi) + "', '" + tenant + "', '" + name +
          "@toko.example', '" + name + "', 'x', id from roles where name = 'agent'");
    sql("insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) values "
        "('" +
        tenant + "', 'https://example.com/hook', '{division.*,integration.updated}', 'x', '" + ani +
        "')");
  }
  std::string sql(const std::string& text) const { return database.sql(text); }
  std::string make(const std::string& name) const {
    return sql("insert into divisions (tenant_id, name) values ('" + tenant + "', '" + name +
               "') returning id");
  }
  void add(const std::string& division, const std::string& agents) const {
    sql("insert into division_agents (division_id, agent_id, tenant_id) select '" + division +
        "', id, tenant_id from agents where name in (" + agents + ") on conflict do nothing");
  }
  /// What was told since this was last asked.
  std::vector<std::string> told() const {
    const auto list = json::parse(
        sql("with gone as (delete from webhook_events returning id, type, body::json -> 'data' as "
            "data) select coalesce(json_agg(type || ' ' || (data ->> 'name') || ' ' || "
            "json_array_length(data -> 'agent_ids') order by id), '[]') from gone where type like "
            "'division.%'"));
    return list.get<std::vector<std::string>>();
  }

  test_database database;
  const std::string ani = "018f5b6e-7a3c-7c11-9d55-2f6f1e5c0002";
  const std::string budi = "018f5b6e-7a3c-7c11-9d55-2f6f1e5c0003";
  const std::string tenant =
      database.sql("insert into tenants (name) values ('Toko Maju') returning id");
};

TEST_F(DivisionEvents, TellTheLifeOfADivision) {
  const auto id = make("Sales");
  EXPECT_THAT(told(), ElementsAre("division.created Sales 0"));
  sql("update divisions set name = 'Shop' where id = '" + id + "'");
  EXPECT_THAT(told(), ElementsAre("division.updated Shop 0"));
  add(id, "'ani', 'budi'");
  EXPECT_THAT(told(), ElementsAre("division.updated Shop 2")) << "once per call";
  add(id, "'ani', 'budi'");
  EXPECT_THAT(told(), IsEmpty()) << "nothing has changed";
  sql("delete from division_agents where agent_id = '" + ani + "'");
  EXPECT_THAT(told(), ElementsAre("division.updated Shop 1"));
  sql("delete from divisions where id = '" + id + "'");
  EXPECT_THAT(told(), ElementsAre("division.deleted Shop 1")) << "with who was in it";
}

TEST_F(DivisionEvents, TellEachDivisionThatADeletedAgentLeaves) {
  add(make("Sales"), "'ani', 'budi'");
  add(make("Care"), "'ani'");
  make("Billing");
  told();
  sql("delete from agents where id = '" + ani + "'");
  EXPECT_THAT(told(),
              testing::UnorderedElementsAre("division.updated Sales 1", "division.updated Care 0"));
}

TEST_F(DivisionEvents, TellTheAccountsThatLoseTheirDivision) {
  const auto id = make("Sales");
  sql("insert into integration_accounts (tenant_id, channel, account_key, display_name, "
      "division_id) values ('" +
      tenant + "', 'email', 'a@toko.example', 'Mail', '" + id + "')");
  sql("delete from divisions where id = '" + id + "'");
  EXPECT_EQ(sql("select count(*) from webhook_events where type = 'integration.updated'"), "1");
  EXPECT_EQ(sql("select count(*) from integration_accounts where division_id is null"), "1");
}

TEST_F(DivisionEvents, AnAccountCannotNameADivisionOfAnotherTenant) {
  const auto id = make("Sales");
  const auto stranger = sql("insert into tenants (name) values ('Other') returning id");
  EXPECT_THROW(sql("insert into integration_accounts (tenant_id, channel, account_key, "
                   "display_name, division_id) values ('" +
                   stranger + "', 'email', 'a@toko.example', 'Mail', '" + id + "')"),
               std::exception);
}

}  // namespace
}  // namespace omnistream::test
