// Live events in the database: what is written, what is read after which position, what is kept.

#include "actors/live/live_store_sql.hpp"

#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "storage/connection.hpp"
#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

/// The tables that a plan reads whole.
void collect_seq_scans(const json& node, std::set<std::string>& tables) {
  if (node.is_object() && node.value("Node Type", "") == "Seq Scan")
    tables.insert(node.value("Relation Name", ""));
  if (node.is_structured())
    for (const auto& part : node) collect_seq_scans(part, tables);
}

class LiveStore : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  live_page read(const std::string& after = "", const std::string& known = "",
                 std::optional<uuid> of = std::nullopt) {
    auto got = store_world::wait<live_page>(
        [&](auto done) { live->read(of.value_or(world.tenant), after, known, done); });
    EXPECT_TRUE(got.ok()) << (got.ok() ? "" : got.error().detail);
    return got.ok() ? std::move(*got) : live_page{};
  }
  static std::vector<std::string> missed(const live_page& page) {
    std::vector<std::string> types;
    for (const auto& event : page.events)
      if (event.is_missed) types.push_back(event.type);
    return types;
  }
  static std::vector<std::string> fresh(const live_page& page) {
    std::vector<std::string> types;
    for (const auto& event : page.events)
      if (event.is_new) types.push_back(event.type);
    return types;
  }
  std::string sql(const std::string& text) { return world.sql(text); }
  std::string quoted(const uuid& of) const { return "'" + of.to_string() + "'"; }
  std::string event(const std::string& type) const {
    return "insert into live_events (tenant_id, type, data) values (" + quoted(world.tenant) +
           ", '" + type + "', '{}')";
  }
  void tell(const std::string& type, const std::string& data = "{}") {
    sql("select tell(" + quoted(world.tenant) + ", '" + type + "', '" + data + "')");
  }
  /// Whether there are more; as if the last round had just ended, if nothing else is said.
  bool forget(int older_than_s, std::optional<std::string> up_to = std::nullopt) {
    const auto position = up_to.value_or(read().position);
    return store_world::wait<live_removal>(
               [&](auto done) { live->forget(std::chrono::seconds{older_than_s}, position, done); })
        ->more;
  }

  store_world world;
  std::unique_ptr<live_store> live = make_live_store(world.pool_);
};

TEST_F(LiveStore, ReadsWhatCameAfterAPosition) {
  tell("message.before");
  const auto start = read();
  EXPECT_TRUE(is_live_position(start.position)) << start.position;
  EXPECT_THAT(start.events, IsEmpty());
  tell("message.one");
  const auto then = read(start.position);
  EXPECT_THAT(missed(then), ElementsAre("message.one"));
  EXPECT_THAT(fresh(then), ElementsAre("message.one"));
  tell("message.two");
  const auto both = read(start.position, then.position);
  EXPECT_THAT(missed(both), ElementsAre("message.one", "message.two"));
  EXPECT_THAT(fresh(both), ElementsAre("message.two"));
  EXPECT_THAT(read(both.position).events, IsEmpty());
  EXPECT_THAT(read(start.position, "", uuid::v7(system_now())).events, IsEmpty())
      << "another tenant's";
}

TEST_F(LiveStore, PassesNothingOverThatIsCommittedLate) {
  storage::connection early({.database_url = world.database.url(), .role = "omnistream_engine"});
  storage::connection late({.database_url = world.database.url(), .role = "omnistream_engine"});
  const auto start = read();
  late.simple("begin; " + event("message.late"));
  early.simple("begin; " + event("message.early"));
  early.simple("commit");
  const auto first = read(start.position);
  EXPECT_THAT(missed(first), ElementsAre("message.early"));
  late.simple("rollback");
  late.simple("begin; " + event("message.later"));
  const auto second = read(first.position);
  EXPECT_THAT(missed(second), IsEmpty());
  late.simple("commit");
  EXPECT_THAT(missed(read(second.position)), ElementsAre("message.later"));
  EXPECT_THAT(missed(read(first.position)), ElementsAre("message.later"));
  EXPECT_THAT(missed(read(start.position)), ElementsAre("message.early", "message.later"));
}

TEST_F(LiveStore, KnowsWhatItHasForgotten) {
  const auto start = read();
  tell("message.one");
  const auto middle = read();
  tell("message.two");
  sql("update live_events set occurred_at = now() - interval '1 minute' where type = "
      "'message.one'");
  EXPECT_FALSE(forget(3'600));
  EXPECT_FALSE(read(start.position).missed_is_lost);
  EXPECT_FALSE(forget(30));
  const auto late = read(start.position, middle.position);
  EXPECT_TRUE(late.missed_is_lost);
  EXPECT_FALSE(late.new_is_lost);
  EXPECT_THAT(missed(late), IsEmpty());
  EXPECT_THAT(fresh(late), ElementsAre("message.two"));
  EXPECT_FALSE(forget(0));
  EXPECT_TRUE(read(middle.position).new_is_lost);
  EXPECT_FALSE(read(read().position).missed_is_lost);
  EXPECT_TRUE(read("4611686018427387905:4611686018427387905:").missed_is_lost);
}

/// A transaction of somebody else, open for longer than events are kept.
TEST_F(LiveStore, ForgetsNothingThatSomebodyMayMiss) {
  storage::connection other({.database_url = world.database.url(), .role = "omnistream_engine"});
  other.simple("begin; " + event("message.late"));
  tell("message.early");
  const auto meanwhile = read();
  sql("update live_events set occurred_at = now() - interval '1 minute'");
  for (const auto& up_to : {std::string(), meanwhile.position, read().position}) {
    forget(30, up_to);
    EXPECT_FALSE(read(meanwhile.position).missed_is_lost);
  }
  tell("message.next");
  EXPECT_THAT(missed(read(meanwhile.position)), ElementsAre("message.next"));
  other.simple("update live_events set occurred_at = now() - interval '1 minute'; commit");
  EXPECT_THAT(missed(read(meanwhile.position)), ElementsAre("message.late", "message.next"));
  forget(30, meanwhile.position);
  EXPECT_FALSE(read(meanwhile.position).missed_is_lost) << "one may still be there";
  const auto then = read();
  forget(30, then.position);
  EXPECT_TRUE(read(meanwhile.position).missed_is_lost);
  EXPECT_FALSE(read(then.position).missed_is_lost);
}

/// However long a transaction of somebody else is open: what came meanwhile is not read each time.
TEST_F(LiveStore, ReadsWhatIsNewAlone) {
  storage::connection other({.database_url = world.database.url(), .role = "omnistream_engine"});
  other.simple("begin; select pg_current_xact_id()");
  sql("insert into live_events (tenant_id, type, data) select " + quoted(world.tenant) +
      ", 'message.old', '{}' from generate_series(1, 20000)");
  sql("vacuum analyze live_events");
  const auto position = read().position;
  tell("message.new");
  const auto plan = sql("set role omnistream_api; set omnistream.tenant = " + quoted(world.tenant) +
                        "; set plan_cache_mode = force_generic_plan; prepare it as " +
                        std::string(storage::queries::live_events_read.sql) +
                        "; explain (analyze, buffers, format json) execute it (" +
                        quoted(world.tenant) + ", '" + position + "', null, 100, 100000)");
  const auto top = json::parse(plan)[0]["Plan"];
  EXPECT_EQ(top["Actual Rows"], 1);
  EXPECT_LT(top["Shared Hit Blocks"].get<int>() + top["Shared Read Blocks"].get<int>(), 100)
      << plan;
}

TEST_F(LiveStore, ForgetsAPortionAtATime) {
  sql("insert into live_events (tenant_id, type, data) select " + quoted(world.tenant) +
      ", 'message.old', '{}' from generate_series(1, 6000)");
  EXPECT_TRUE(forget(0));
  EXPECT_FALSE(forget(0));
  EXPECT_EQ(sql("select count(*) from live_events"), "0");
}

TEST_F(LiveStore, ReadsABoundedPage) {
  const auto start = read();
  sql("insert into live_events (tenant_id, type, data) select " + quoted(world.tenant) +
      ", 'message.many', '{}' from generate_series(1, 5000)");
  auto page = read(start.position);
  EXPECT_FALSE(page.too_much);
  EXPECT_EQ(page.events.size(), 5'000U);
  tell("message.many");
  page = read(start.position);
  EXPECT_TRUE(page.too_much);
  const auto later = read();
  sql("insert into live_events (tenant_id, type, data) select " + quoted(world.tenant) +
      ", 'message.large', json_build_object('a', repeat('x', 1000000)) from generate_series(1, 9)");
  page = read(later.position);
  EXPECT_TRUE(page.too_much);
  EXPECT_LT(page.events.size(), 9U);
}

TEST_F(LiveStore, IsToldOfConversationsAndCampaignsAlone) {
  const auto start = read();
  const auto conversation = uuid::v7(system_now()).to_string();
  for (const auto* type : {"contact.updated", "agent.created", "template.deleted", "messages.x"})
    tell(type);
  tell("message.received", R"({"id": "1", "conversation_id": ")" + conversation + R"("})");
  tell("conversation.updated", R"({"id": ")" + conversation + R"("})");
  tell("campaign.started", R"({"id": ")" + conversation + R"("})");
  const auto page = read(start.position);
  EXPECT_THAT(missed(page),
              ElementsAre("message.received", "conversation.updated", "campaign.started"));
  EXPECT_TRUE(page.events[0].of_conversation);
  EXPECT_TRUE(page.events[1].of_conversation);
  EXPECT_FALSE(page.events[2].of_conversation);
}

TEST_F(LiveStore, LeavesTheContentOfALongMessageAway) {
  const auto start = read();
  tell("message.received", R"({"id": "1", "content": ")" + std::string(17'000, 'x') + R"("})");
  EXPECT_EQ(json::parse(read(start.position).events.at(0).data), json({{"id", "1"}}));
}

TEST_F(LiveStore, KnowsTheRightsOfKeysAndSessions) {
  const auto agent = uuid::v7(system_now());
  sql("insert into agents (id, tenant_id, email, name, password_hash, role_id) select " +
      quoted(agent) + ", " + quoted(world.tenant) +
      ", 'siti@toko.example', 'Siti', 'x', id from roles where name = 'agent'");
  const auto owned = quoted(world.tenant) + ", " + quoted(agent);
  sql("insert into api_keys (tenant_id, agent_id, name, key_hash, key_prefix) values (" + owned +
      ", 'a', 'hash', 'osk')");
  sql("insert into api_keys (tenant_id, agent_id, name, key_hash, key_prefix, expires_at) values "
      "(" +
      owned + ", 'b', 'expired', 'osk', now())");
  const auto session = uuid::v7(system_now());
  sql("insert into sessions (tenant_id, agent_id, id, expires_at) values (" + owned + ", " +
      quoted(session) + ", now() + interval '1 hour')");
  const auto division = sql("insert into divisions (tenant_id, name) values (" +
                            quoted(world.tenant) + ", 'Sales') returning id");
  sql("insert into division_agents (division_id, tenant_id, agent_id) values ('" + division +
      "', " + owned + ")");
  const std::vector<live_credential> who{
      {"none", {}}, {"hash", {}}, {"expired", {}}, {"", session}, {"", agent}};
  const auto ask = [&] {
    return *store_world::wait<std::vector<std::optional<live_rights>>>(
        [&](auto done) { live->rights(who, done); });
  };
  auto found = ask();
  ASSERT_EQ(found.size(), who.size());
  for (const std::size_t nobody : {0, 2, 4}) EXPECT_FALSE(found[nobody]) << nobody;
  for (const std::size_t somebody : {1, 3}) {
    ASSERT_TRUE(found[somebody]) << somebody;
    EXPECT_TRUE(found[somebody]->permissions.contains("conversations.view"));
    EXPECT_THAT(found[somebody]->divisions, ElementsAre(*uuid::parse(division)));
  }
  sql("update agents set is_active = false");
  for (const auto& one : ask()) EXPECT_FALSE(one);
}

TEST_F(LiveStore, KnowsHowFarCampaignsAre) {
  const auto ask = [&] {
    return *store_world::wait<std::vector<campaign_progress>>(
        [&](auto done) { live->progress({world.tenant}, done); });
  };
  EXPECT_THAT(ask(), IsEmpty()) << "a draft does not move";
  world.begin(3);
  sql("update campaigns set started_at = now()");
  const auto found = ask();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].tenant, world.tenant);
  EXPECT_EQ(found[0].campaign, world.campaign);
  EXPECT_EQ(json::parse(found[0].data)["total_recipients"], 3);
  sql("update campaigns set started_at = now() - interval '4 days'");
  EXPECT_THAT(ask(), IsEmpty());
}

/// However many events are kept and conversations there are.
TEST_F(LiveStore, ReadsByIndexesAlone) {
  sql("insert into live_events (tenant_id, xact, type, conversation_id, data) select " +
      quoted(world.tenant) +
      ", (n / 100 + 3)::text::xid8, 'message.received', uuid_v7(), '{}' from generate_series(1, "
      "50000) n");
  sql("insert into conversations (tenant_id, contact_id, account_id, channel, last_message_at) "
      "select " +
      quoted(world.tenant) +
      ", uuid_v7(), uuid_v7(), 'whatsapp', now() from generate_series(1, 20000)");
  sql("vacuum analyze");
  const auto plan =
      sql("set role omnistream_api; set plan_cache_mode = force_generic_plan; set "
          "omnistream.tenant = " +
          quoted(world.tenant) + "; prepare it as " +
          std::string(storage::queries::live_events_read.sql) +
          "; explain (format json, costs off) execute it (" + quoted(world.tenant) +
          ", '9:9:', '9:9:', 5000, 1000000)");
  std::set<std::string> whole;
  collect_seq_scans(json::parse(plan), whole);
  EXPECT_FALSE(whole.contains("live_events")) << plan;
  EXPECT_FALSE(whole.contains("conversations")) << plan;
  EXPECT_NE(plan.find("xact >= "), std::string::npos) << plan;
}

}  // namespace
}  // namespace omnistream::test
