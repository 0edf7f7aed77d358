// How PostgreSQL carries out what touches messages: there may be millions of them.

#include <nlohmann/json.hpp>

#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
namespace sql = storage::queries;

/// Every scan of messages and of their queue in a plan. A bitmap's condition stands in the node
/// below.
void collect_scans(const json& node, std::vector<json>& scans) {
  const auto table = node.is_object() ? node.value("Relation Name", "") : std::string{};
  const auto type = node.is_object() ? node.value("Node Type", "") : std::string{};
  if ((table == "messages" || table == "outgoing_messages") &&
      type.find("Scan") != std::string::npos && type != "Bitmap Heap Scan")
    scans.push_back(node);
  for (const auto& part : node.is_object() || node.is_array() ? node : json::array())
    collect_scans(part, scans);
}

TEST(MessagePlans, FindMessagesByAnIndex) {
  store_world world;
  world.sql(
      "insert into conversations (id, tenant_id, contact_id, account_id, channel) select "
      "uuid_v7(), '" +
      world.id(world.tenant) + "', uuid_v7(), '" + world.id(world.account) +
      "', 'whatsapp' from generate_series(1, 2000)");
  world.sql(
      "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at, status, idempotency_key) select v.tenant_id, v.id, 'outbound', v.id::text || n, "
      "'text', '{}', now(), 0, v.id::text || n from conversations v, generate_series(1, 10) n");
  world.sql(
      "insert into outgoing_messages (conversation_id, number, message_id, tenant_id, account_id, "
      "due_at) select conversation_id, row_number() over (partition by conversation_id), id, "
      "tenant_id, '" +
      world.id(world.account) + "', now() from messages");
  world.sql("analyze");
  const auto expect_selective = [&](const char* role, const storage::statement& which) {
    std::string nulls;
    for (int i = 0; i < which.parameter_count; ++i) nulls += i == 0 ? "(null" : ", null";
    const auto plan = json::parse(
        world.sql(std::string("set role ") + role +
                  "; set plan_cache_mode = force_generic_plan; set omnistream.tenant = '" +
                  world.id(world.tenant) + "'; prepare it as " + which.sql +
                  "; explain (format json, costs off) execute it " + nulls + ")"));
    std::vector<json> scans;
    collect_scans(plan, scans);
    EXPECT_FALSE(scans.empty()) << which.name;
    std::string conditions;
    for (const auto& scan : scans) {
      EXPECT_NE(scan.value("Index Cond", ""), "") << which.name << " reads all: " << scan.dump(1);
      conditions += scan.value("Index Cond", "");
    }
    return conditions;
  };
  for (const auto* which :
       {&sql::message_surroundings, &sql::message_of_key, &sql::message_reply_target,
        &sql::message_of_conversation, &sql::message_get, &sql::conversation_message,
        &sql::conversation_messages})
    expect_selective("omnistream_api", *which);
  for (const auto* which : {&sql::conversation_message, &sql::conversation_messages})
    EXPECT_NE(expect_selective("omnistream_api", *which).find(".answered)"), std::string::npos)
        << which->name << " looks for what a message answers otherwise";
  for (const auto* which :
       {&sql::outgoing_recover, &sql::outgoing_give_up, &sql::outgoing_head, &sql::outgoing_claim,
        &sql::outgoing_outcome, &sql::outgoing_settle, &sql::outgoing_put_back,
        &sql::outgoing_uncertain_due, &sql::outgoing_forget_echo, &sql::outgoing_echo,
        &sql::inbox_apply_message_statuses, &sql::inbox_messages_known, &sql::inbox_threads,
        &sql::channel_message_change, &sql::channel_receipt, &sql::channel_join_receipts})
    expect_selective("omnistream_engine", *which);
}

/// A status comes three times for each message: it must not touch an index.
TEST(MessagePlans, StatusesOfMessagesAreHotUpdates) {
  store_world world;
  world.sql("insert into conversations (tenant_id, contact_id, account_id, channel) values ('" +
            world.id(world.tenant) + "', uuid_v7(), uuid_v7(), 'whatsapp')");
  world.sql(
      "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at, status) select tenant_id, id, 'outbound', 'wamid', 'text', '{}', now(), 2 from "
      "conversations");
  world.sql("update messages set status = 3, delivered_at = now()");
  world.sql("update messages set status = 4, read_at = now()");
  EXPECT_EQ(world.sql("select pg_stat_force_next_flush(); select n_tup_hot_upd from "
                      "pg_stat_user_tables where relname = 'messages'"),
            "2");
}

}  // namespace
}  // namespace omnistream::test
