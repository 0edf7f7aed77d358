// Lists of conversations: that each filter gives what it says, and what it costs to read where
// there are many.

#include <random>

#include <nlohmann/json.hpp>

#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

/// The parameters of conversations_list, as SQL, without the page.
struct list_wish {
  std::string caller, sees_all = "true", status = "null", channel = "null", agent = "null",
                      unassigned = "false", division = "null", tag = "null";
};

class ConversationLists : public ::testing::Test {
 protected:
  std::string sql(const std::string& text) { return world.sql(text); }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }
  std::string own() const { return quoted(world.id(world.tenant)); }

  ConversationLists() {
    for (auto& agent : agents)
      agent = sql("insert into agents (tenant_id, email, name, password_hash, role_id) select " +
                  own() +
                  ", uuid_v7()::text, 'A', 'x', id from roles where name = 'agent' "
                  "returning id");
    for (auto& division : divisions)
      division = sql("insert into divisions (tenant_id, name) values (" + own() +
                     ", uuid_v7()::text) returning id");
    sql("insert into division_agents (division_id, tenant_id, agent_id) values (" +
        quoted(divisions[0]) + ", " + own() + ", " + quoted(agents[0]) + ")");
  }

  /// So many conversations of all kinds; `rare` is a tag of five.
  void fill(int count) {
    const auto one_of = [](const auto& list) {
      std::string made = "(array[null";
      for (const auto& one : list) made += ", '" + one + "'";
      return made + "]::uuid[])";
    };
    sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, status, "
        "resolved_at, last_message_at, assigned_agent_id, division_id, tags) select " +
        own() + ", uuid_v7(), " + quoted(world.id(world.account)) +
        ", (array['whatsapp', 'whatsapp', 'whatsapp', 'email', 'messenger'])[1 + n % 5], true, s, "
        "case when s = 'resolved' then now() end, now() - (n * 7919 % 10007) / 10 * interval "
        "'1 s', " +
        one_of(agents) + "[1 + n / 3 % 4], " + one_of(divisions) +
        "[1 + n / 7 % 3], case when n % 10 < 3 then '{common,often}'::text[] when n % (" +
        std::to_string(count) +
        " / 5) = 9 then '{rare}' else '{}' end from (select n, (array['open', 'pending', "
        "'resolved', 'expired'])[1 + n % 11 % 4] as s from generate_series(1, " +
        std::to_string(count) + ") n) g");
  }

  /// A page as the API gives it: ids with blanks between, and the total.
  std::string listed(const list_wish& wish, int page, int per_page) {
    const auto answer = json::parse(
        sql("set role omnistream_api; set omnistream.tenant = " + own() +
            "; set plan_cache_mode "
            "= force_generic_plan; prepare it as " +
            storage::queries::conversations_list.sql + "; execute it (" + wish.caller + ", " +
            wish.sees_all + ", " + wish.status + ", " + wish.channel + ", " + wish.agent + ", " +
            wish.unassigned + ", " + wish.division + ", " + wish.tag + ", null, " +
            std::to_string(page) + ", " + std::to_string(per_page) + ")"));
    std::string text;
    for (const auto& one : answer["data"]) text += one["id"].get<std::string>() + " ";
    return text + answer["total"].dump();
  }
  /// The same by reading all.
  std::string expected(const list_wish& wish, int page, int per_page) {
    const auto unless_null = [](const std::string& value, const std::string& condition) {
      return "(" + value + " is null or " + condition + ")";
    };
    const auto fits =
        "in_inbox and " + unless_null(wish.status, "status = " + wish.status) + " and " +
        unless_null(wish.channel, "channel = " + wish.channel) + " and " +
        unless_null(wish.agent, "assigned_agent_id = " + wish.agent + "::uuid") + " and (not " +
        wish.unassigned + " or assigned_agent_id is null) and " +
        unless_null(wish.division, "division_id = " + wish.division + "::uuid") + " and " +
        unless_null(wish.tag, wish.tag + " = any(tags)") + " and (" + wish.sees_all +
        " or assigned_agent_id = " + wish.caller +
        " or assigned_agent_id is null and (division_id is null or division_id in (select "
        "division_id from division_agents where agent_id = " +
        wish.caller + ")))";
    return sql(
        "select coalesce((select string_agg(id || ' ', '' order by last_message_at desc, id "
        "desc) from (select * from conversations where " +
        fits + " order by last_message_at desc, id desc limit " + std::to_string(per_page) +
        " offset " + std::to_string((page - 1) * per_page) +
        ") p), '') || (select count(*) from conversations where " + fits + ")");
  }

  /// What PostgreSQL reads for the newest 20 of these queues, in a division and with a tag.
  int blocks_read(const std::string& queues, const std::string& division, const std::string& tag) {
    const auto read = "newest_conversations(" + queues +
                      ", '{open,pending,resolved,expired}', '{whatsapp,email,messenger}', " +
                      division + ", " + tag + ", 0, 20, 100)";
    // Twice: at first PostgreSQL reads its own catalogue to make the plans.
    const auto plan = json::parse(
        sql("set role omnistream_api; set omnistream.tenant = " + own() +
            "; set plan_cache_mode = force_generic_plan; select count(*) from " + read +
            "; explain (analyze, buffers, format json) select * from " + read))[0]["Plan"];
    return plan["Shared Hit Blocks"].get<int>() + plan["Shared Read Blocks"].get<int>();
  }

  store_world world;
  std::array<std::string, 3> agents;
  std::array<std::string, 2> divisions;
};

TEST_F(ConversationLists, GiveWhatTheyAreNarrowedByInTheirOrder) {
  fill(1'500);
  std::mt19937 random(11);
  const auto any_of = [&random](std::vector<std::string> list) {
    return list[random() % list.size()];
  };
  for (int round = 0; round < 250; ++round) {
    list_wish wish;
    wish.caller = quoted(agents[0]);
    wish.sees_all = any_of({"true", "false"});
    wish.status = any_of({"null", "null", "'open'", "'expired'"});
    wish.channel = any_of({"null", "null", "'whatsapp'", "'email'", "'instagram'"});
    wish.agent = any_of({"null", "null", quoted(agents[0]), quoted(agents[1])});
    wish.unassigned = wish.agent == "null" ? any_of({"true", "false"}) : "false";
    wish.division = any_of({"null", "null", quoted(divisions[0]), quoted(divisions[1])});
    wish.tag = any_of({"null", "'common'", "'rare'", "'none'"});
    const int page = 1 + static_cast<int>(random() % 3);
    const int per_page = round % 5 == 0 ? 100 : 7;
    ASSERT_EQ(listed(wish, page, per_page), expected(wish, page, per_page))
        << json{wish.sees_all,   wish.status,   wish.channel, wish.agent,
                wish.unassigned, wish.division, wish.tag,     page};
  }
}

TEST_F(ConversationLists, GiveNoMoreThanTheNewest5000) {
  fill(5'300);
  list_wish all;
  all.caller = quoted(agents[0]);
  const auto last = listed(all, 50, 100);
  EXPECT_EQ(last.substr(last.rfind(' ') + 1), "5000");
  EXPECT_EQ(last.substr(0, last.rfind(' ')),
            sql("select string_agg(id::text, ' ' order by last_message_at desc, id desc) from "
                "(select * from conversations order by last_message_at desc, id desc limit 100 "
                "offset 4900) p"));
  EXPECT_EQ(listed(all, 51, 100), "5000");
}

/// Times from which nobody would guess how far a page reaches: bursts, decades, all at once.
TEST_F(ConversationLists, GiveThePagesOfAnyTimes) {
  fill(3'000);
  list_wish all, own_ones;
  all.caller = own_ones.caller = quoted(agents[0]);
  own_ones.sees_all = "false";
  for (const std::string times :
       {"now()", "now() - (n % 3) * interval '30 years' - (n % 500) * interval '1 us'",
        "case channel when 'email' then now() - n * interval '1 us' else now() - n * n * interval "
        "'1 s' end",
        "now() - exp(n / 150.0) * interval '1 s'",
        "now() - (case status when 'open' then n else 3000 - n end / 400) * interval '1 year' - n "
        "* interval '1 ms'"}) {
    sql("update conversations c set last_message_at = " + times +
        " from (select id, row_number() over (order by id) as n from conversations) g "
        "where g.id = c.id");
    for (const auto& wish : {all, own_ones})
      for (const auto& [page, per_page] : {std::pair{1, 20}, {17, 20}, {12, 100}, {30, 100}})
        ASSERT_EQ(listed(wish, page, per_page), expected(wish, page, per_page))
            << times << " page " << page;
  }
}

TEST_F(ConversationLists, KnowTheTagsThatConversationsHaveNow) {
  const auto all =
      "select coalesce(string_agg(concat_ws(' ', tag, id, status, channel, seen_by, "
      "division_id, last_message_at), ';' order by tag, id), '') from ";
  const auto follows = [&] {
    const auto kept = sql(all + std::string("(select *, conversation_id as id from "
                                            "tagged_conversations) t"));
    EXPECT_EQ(kept, sql(all + std::string("conversations, unnest(tags) tag")));
    return !kept.empty();
  };
  fill(200);
  EXPECT_TRUE(follows());
  for (const auto* change :
       {"tags = '{b,a}'", "tags = '{a}'", "tags = '{}'", "tags = '{a,c}'",
        "assigned_agent_id = null", "division_id = null", "last_message_at = now()",
        "status = 'expired', resolved_at = null", "unread_count = 3"}) {
    sql(std::string("update conversations set ") + change);
    EXPECT_EQ(follows(), std::string(change) != "tags = '{}'") << change;
  }
  sql("delete from conversations where channel = 'email'");
  EXPECT_TRUE(follows());
}

/// Whatever a list is narrowed by: PostgreSQL reads as much as it shows, not as much as there is.
TEST_F(ConversationLists, AreReadFromAnIndexInItsOrder) {
  fill(60'000);
  const auto one = "array[" + quoted(agents[1]) + "]::uuid[]";
  const auto division = quoted(divisions[1]);
  const std::vector<std::array<std::string, 3>> kinds{
      {"null", "null", "null"},       {one, "null", "null"},        {"null", division, "null"},
      {one, division, "null"},        {"null", "null", "'common'"}, {one, "null", "'common'"},
      {"null", division, "'common'"}, {one, division, "'common'"},  {"null", "null", "'rare'"},
      {"null", "null", "'none'"}};
  const auto expect_little_is_read = [&] {
    sql("vacuum analyze conversations");
    sql("vacuum analyze tagged_conversations");
    for (const auto& [queues, in_division, tag] : kinds)
      EXPECT_LT(blocks_read(queues, in_division, tag), 200) << queues << in_division << tag;
  };
  expect_little_is_read();
  // Many of the agent, many in the division, of which hardly one is the agent's.
  sql("update conversations set division_id = " + quoted(divisions[0]) +
      " where assigned_agent_id = " + quoted(agents[1]) + " and tags <> '{rare}'");
  expect_little_is_read();
}

}  // namespace
}  // namespace omnistream::test
