// What Messenger, Instagram and email bring is the same inbox whatever the order, and however often
// it comes.

#include <algorithm>
#include <random>

#include <nlohmann/json.hpp>

#include "actors/ingest/inbox_store.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

constexpr std::int64_t base_ms = 1'700'000'000'000;

class ChannelMessages : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  ChannelMessages() {
    for (const std::string of :
         {"'messenger', 'page-1'", "'instagram', 'ig-1'", "'email', 'help@shop.example'"})
      world.sql(
          "insert into integration_accounts (tenant_id, channel, account_key, display_name) "
          "values ('" +
          world.id(world.tenant) + "', " + of + ", 'Shop')");
  }

  static raw_webhook raw(const json& body, webhook_source source) {
    return {std::make_shared<const std::string>(body.dump()), source};
  }
  /// What `person` wrote, so many seconds after the base.
  static raw_webhook wrote(bool on_instagram, int person, int number, int at) {
    const auto id = std::to_string(person) + "." + std::to_string(number);
    const json element{{"sender", {{"id", "person-" + std::to_string(person)}}},
                       {"timestamp", base_ms + at * 1'000},
                       {"message", {{"mid", "mid." + id}, {"text", "text " + id}}}};
    return raw({{"object", on_instagram ? "instagram" : "page"},
                {"entry", json::array({{{"id", on_instagram ? "ig-1" : "page-1"},
                                        {"messaging", json::array({element})}}})}},
               webhook_source::meta);
  }
  static raw_webhook mailed(int person, int number) {
    const auto id = std::to_string(person) + "." + std::to_string(number);
    return raw({{"from", "Person <p" + std::to_string(person) + "@x.example>"},
                {"to", "help@shop.example"},
                {"text", "mail " + id},
                {"message_id", "<" + id + "@x.example>"}},
               webhook_source::email);
  }

  void apply(const std::vector<raw_webhook>& list) {
    const auto ids =
        store_world::wait<std::vector<std::int64_t>>([&](auto done) { inbox->append(list, done); });
    ASSERT_TRUE(ids.ok());
    // As after a restart: what is applied was read from the table.
    const auto waiting = store_world::wait<std::vector<stored_webhook>>(
        [&](auto done) { inbox->waiting(0, 10'000, done); });
    ASSERT_TRUE(waiting.ok());
    const auto did = store_world::wait<applied_webhooks>(
        [&](auto done) { inbox->apply(waiting.value(), done); });
    ASSERT_TRUE(did.ok()) << did.error().detail;
  }
  /// All that callers see of it, but for ids and the times of mails.
  std::string seen() {
    return world.sql(
        "select string_agg(row, '; ' order by row) from (select concat_ws(' ', v.channel, "
        "i.external_id, v.status, v.unread_count, case when v.channel <> 'email' then "
        "concat_ws(' ', v.last_message_preview, rfc3339(v.last_message_at)) end, (select "
        "string_agg(concat_ws(' ', m.external_id, message_text(m.type, m.content)), ', ' order by "
        "m.external_id) from messages m where m.conversation_id = v.id)) as row from conversations "
        "v join contact_identities i on i.contact_id = v.contact_id and i.channel = v.channel) r");
  }
  void forget() {
    world.sql("delete from conversations");
    world.sql("delete from contact_identities");
  }

  store_world world;
  std::unique_ptr<inbox_store> inbox = make_inbox_store(world.pool_);
};

TEST_F(ChannelMessages, AreTheSameWhateverTheOrder) {
  std::vector<raw_webhook> all;
  for (int person = 0; person < 8; ++person)
    for (int number = 0; number < 8; ++number) {
      all.push_back(wrote(person % 2 == 0, person, number, person + 10 * number));
      all.push_back(mailed(person, number));
    }
  apply(all);
  const auto in_order = seen();
  EXPECT_EQ(world.sql("select count(*) from messages"), "128");
  for (std::size_t i = 0; i < 13; ++i) all.push_back(all[i * 9]);  // a tenth comes again
  std::mt19937 random(11);
  for (int round = 0; round < 5; ++round) {
    forget();
    std::shuffle(all.begin(), all.end(), random);
    for (auto at = all.begin(); at != all.end();) {
      const auto end = at + std::min<std::ptrdiff_t>(17, all.end() - at);
      apply({at, end});
      at = end;
    }
    EXPECT_EQ(seen(), in_order);
  }
}

TEST_F(ChannelMessages, GoToWhoWasMet) {
  world.sql("insert into contacts (tenant_id, name, email) values ('" + world.id(world.tenant) +
            "', 'Ani', 'P1@x.example')");
  apply({mailed(1, 1), mailed(2, 1), mailed(2, 2)});
  EXPECT_EQ(world.sql("select string_agg(c.name || ' ' || i.external_id, ', ' order by 1) from "
                      "contact_identities i join contacts c on c.id = i.contact_id"),
            "Ani p1@x.example, Person p2@x.example");
}

/// Mails tell one; on Messenger only Meta knows it.
TEST_F(ChannelMessages, TellOfWhomThereIsNoName) {
  const auto nameless = [this](const std::string& person, const std::string& mid) {
    const json element{{"sender", {{"id", person}}},
                       {"timestamp", base_ms},
                       {"message", {{"mid", mid}, {"text", "Halo"}}}};
    const auto list = std::vector{
        raw({{"object", "page"},
             {"entry", json::array({{{"id", "page-1"}, {"messaging", json::array({element})}}})}},
            webhook_source::meta),
        mailed(1, 1)};
    const auto ids =
        store_world::wait<std::vector<std::int64_t>>([&](auto done) { inbox->append(list, done); });
    const auto did = store_world::wait<applied_webhooks>([&](auto done) {
      inbox->apply({{ids.value()[0], list[0].payload, list[0].source},
                    {ids.value()[1], list[1].payload, list[1].source}},
                   done);
    });
    EXPECT_TRUE(did.ok());
    return did->nameless.size();
  };
  EXPECT_EQ(nameless("p", "m1"), 1u);
  EXPECT_EQ(nameless("p", "m2"), 1u);
  EXPECT_EQ(nameless("p", "m2"), 0u) << "is known";
  world.sql("update contacts set name = 'Ani' where name is null");
  EXPECT_EQ(nameless("p", "m3"), 0u);
}

/// A letter under a thousand accents is one word to PostgreSQL, longer than it can index.
TEST_F(ChannelMessages, OfAnyTextAreStored) {
  std::string tower = "a";
  for (int i = 0; i < 1'020; ++i) tower += "\u0301";
  json element{{"sender", {{"id", "p"}}},
               {"timestamp", base_ms},
               {"message", {{"mid", "m"}, {"text", tower + std::string(3'000, 'x')}}}};
  apply({raw({{"object", "page"},
              {"entry", json::array({{{"id", "page-1"}, {"messaging", json::array({element})}}})}},
             webhook_source::meta)});
  EXPECT_EQ(world.sql("select count(*) from messages where message_text(type, content) like '" +
                      tower + "%'"),
            "1");
}

TEST_F(ChannelMessages, OfNobodysAccountAreGone) {
  apply({raw({{"object", "page"},
              {"entry",
               json::array({{{"id", "page-2"},
                             {"messaging", json::array({{{"sender", {{"id", "p"}}},
                                                         {"timestamp", base_ms},
                                                         {"message", {{"mid", "m"}}}}})}}})}},
             webhook_source::meta),
         raw({{"from", "a@x.example"}, {"to", "nobody@shop.example"}}, webhook_source::email)});
  EXPECT_EQ(world.sql("select count(*) from conversations"), "0");
  EXPECT_EQ(world.sql("select count(*) from webhook_inbox"), "0");
}

TEST_F(ChannelMessages, ThatAreNoMailAreSetAside) {
  const auto list = std::vector{raw(json::array(), webhook_source::email)};
  const auto ids =
      store_world::wait<std::vector<std::int64_t>>([&](auto done) { inbox->append(list, done); });
  ASSERT_TRUE(ids.ok());
  const auto did = store_world::wait<applied_webhooks>([&](auto done) {
    inbox->apply({{ids.value()[0], list[0].payload, list[0].source}}, done);
  });
  EXPECT_FALSE(did.ok());
}

}  // namespace
}  // namespace omnistream::test
