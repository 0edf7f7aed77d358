// How PostgreSQL carries out what touches recipients and contacts: there may be millions of each.

#include <set>

#include <nlohmann/json.hpp>

#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

constexpr storage::statement plan_mode{"plan_mode", "SHOW plan_cache_mode", 0};

/// Statements that mean all recipients of a campaign, or all contacts of a tenant.
const std::set<std::string> reads_all{"campaign_recipients_delete", "contacts_list",
                                      "contacts_search", "recipients_contacts_selected"};

/// Every scan of a table in a plan. A bitmap's condition stands in the node below.
void collect_scans(const json& node, const std::string& table, std::vector<json>& scans) {
  const auto scanned = node.is_object() ? node.value("Relation Name", "") : std::string{};
  const auto type = node.is_object() ? node.value("Node Type", "") : std::string{};
  if (scanned == table && type.find("Scan") != std::string::npos && type != "Bitmap Heap Scan")
    scans.push_back(node);
  for (const auto& part : node.is_object() || node.is_array() ? node : json::array())
    collect_scans(part, table, scans);
}

TEST(StatementPlans, AreMadeOnceForAllValues) {
  store_world world;
  for (const auto& who : {storage::access::engine(), storage::access::tenant(world.tenant)})
    EXPECT_EQ(*world.pool_.run(who,
                               [](storage::session& in) {
                                 return std::string(in.execute(plan_mode).text(0, 0));
                               }),
              "force_generic_plan");
}

/// Also when statistics know other campaigns only.
TEST(StatementPlans, ReadNeitherAWholeCampaignNorAllContacts) {
  store_world world;
  world.begin(20'000);
  world.sql("analyze");
  int looked_at = 0;
  for (const auto* which : storage::all_statements()) {
    const std::string text = which->sql;
    const bool concerns = text.find("campaign_recipients ") != std::string::npos ||
                          text.find("contacts ") != std::string::npos;
    if (!concerns || reads_all.contains(which->name)) continue;
    std::string nulls;
    for (int i = 0; i < which->parameter_count; ++i) nulls += i == 0 ? "(null" : ", null";
    const std::string name = which->name;
    const bool of_api = text.find("current_tenant()") != std::string::npos ||
                        name.starts_with("campaign_recipients_") || name.starts_with("contact") ||
                        name.starts_with("conversation_") || name.starts_with("recipients_");
    const auto plan =
        world.sql(std::string("set role ") + (of_api ? "omnistream_api" : "omnistream_engine") +
                  "; set plan_cache_mode = force_generic_plan; set omnistream.tenant = '" +
                  world.id(world.tenant) + "'; prepare it as " + text +
                  "; explain (format json, costs off) execute it " + nulls + ")");
    std::vector<json> scans;
    for (const auto* table : {"campaign_recipients", "contacts"})
      collect_scans(json::parse(plan), table, scans);
    for (const auto& scan : scans) {
      const auto condition = scan.value("Index Cond", "");
      bool selective = false;
      for (const auto* column :
           {"seq", "phone_number", "(id =", "whatsapp_user_id =", "lower(email)"})
        selective = selective || condition.find(column) != std::string::npos;
      EXPECT_TRUE(selective) << name << " reads too much: " << scan.dump(1);
    }
    looked_at += scans.empty() ? 0 : 1;
  }
  EXPECT_GT(looked_at, 8);
}

/// A plan that is made while there is nothing stays until statistics are gathered, which may be
/// after a minute.
TEST(StatementPlans, FindMessagesByMoreThanTheirTenantFromTheFirstOne) {
  store_world world;
  int looked_at = 0;
  for (const auto* which : storage::all_statements()) {
    const std::string text = which->sql;
    if (text.find("messages ") == std::string::npos) continue;
    std::string nulls;
    for (int i = 0; i < which->parameter_count; ++i) nulls += i == 0 ? "(null" : ", null";
    const auto plan = json::parse(world.sql(
        "set role omnistream_engine; set plan_cache_mode = force_generic_plan; prepare it as " +
        text + "; explain (format json, costs off) execute it " +
        (nulls.empty() ? "" : nulls + ")")));
    std::vector<json> scans;
    collect_scans(plan, "messages", scans);
    for (const auto& scan : scans) {
      const auto condition = scan.value("Index Cond", "");
      bool selective = false;
      for (const auto* column :
           {"external_id", "conversation_id", "idempotency_key", "(id =", "search_terms", "seq"})
        selective = selective || condition.find(column) != std::string::npos;
      EXPECT_TRUE(selective) << which->name << " reads too much: " << scan.dump(1);
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 8);
}

/// However many conversations are open, none is looked at that is not idle for too long.
TEST(StatementPlans, FindIdleConversationsByAnIndex) {
  store_world world;
  world.sql(
      "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
      "last_message_at) select '" +
      world.id(world.tenant) +
      "', uuid_v7(), uuid_v7(), 'whatsapp', true, now() - n * interval '1 s' from "
      "generate_series(1, 20000) n");
  world.sql("vacuum analyze conversations");
  for (const auto& [role, which, values] :
       {std::tuple{"omnistream_engine", &storage::queries::conversations_expire_due, "(null)"},
        std::tuple{"omnistream_api", &storage::queries::conversations_expire_seen,
                   "(null, true, null)"}}) {
    const auto plan = json::parse(
        world.sql(std::string("set role ") + role +
                  "; set plan_cache_mode = force_generic_plan; set omnistream.tenant = '" +
                  world.id(world.tenant) + "'; prepare it as " + which->sql +
                  "; explain (format json, costs off) execute it " + values));
    std::vector<json> scans;
    collect_scans(plan, "conversations", scans);
    std::set<std::string> walked;
    for (const auto& scan : scans) walked.insert(scan.value("Index Name", "none"));
    EXPECT_EQ(walked, (std::set<std::string>{"conversations_idle", "conversations_pkey"})) << plan;
    EXPECT_EQ(plan.dump().find(R"(["v.last_message_at"])"), std::string::npos)
        << "sorts, where the index has the order: " << plan;
  }
}

}  // namespace
}  // namespace omnistream::test
