// Which conversations the rules of chat expiration end.

#include "actors/expiration/expiration_store_sql.hpp"
#include "storage/connection.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

class ChatExpiration : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }
  std::string own() const { return quoted(world.id(world.tenant)); }

  void rule(const std::string& channel, int minutes, bool enabled = true) {
    rule_of(own(), channel, minutes, enabled);
  }
  void rule_of(const std::string& tenant, const std::string& channel, int minutes, bool enabled) {
    world.sql("insert into chat_expiration_rules values (" + tenant + ", " + quoted(channel) +
              ", " + (enabled ? "true, " : "false, ") + std::to_string(minutes) + ", " + own() +
              ")");
  }
  /// Nothing happened in it for so many minutes.
  std::string add(int minutes, const std::string& status = "open",
                  const std::string& channel = "whatsapp", bool in_inbox = true) {
    const auto at = "now() - interval '" + std::to_string(minutes) + " minutes'";
    return world.sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, status, "
        "resolved_at, in_inbox, last_message_at, updated_at) values (" +
        own() + ", uuid_v7(), uuid_v7(), " + quoted(channel) + ", " + quoted(status) + ", " +
        (status == "resolved" ? "now()" : "null") + ", " + (in_inbox ? "true" : "false") + ", " +
        at + ", " + at + ") returning id");
  }
  std::string status(const std::string& id) {
    return world.sql("select status from conversations where id = " + quoted(id));
  }
  int expire(int at_most = 100) {
    const auto ended = world.wait<int>([&](auto done) { store->expire(at_most, std::move(done)); });
    EXPECT_TRUE(ended.ok());
    return ended.ok() ? ended.value() : -1;
  }

  store_world world;
  std::unique_ptr<expiration_store> store = make_expiration_store(world.pool_);
};

TEST_F(ChatExpiration, EndsWhatIsIdleForAsLongAsTheRuleSays) {
  rule("whatsapp", 60);
  const auto fresh = add(59), open = add(61), pending = add(61, "pending"),
             resolved = add(61, "resolved"), mail = add(61, "open", "email"),
             broadcast = add(61, "open", "whatsapp", false);
  EXPECT_EQ(expire(), 2);
  EXPECT_EQ(status(open), "expired");
  EXPECT_EQ(status(pending), "expired");
  EXPECT_EQ(status(fresh), "open");
  EXPECT_EQ(status(resolved), "resolved");
  EXPECT_EQ(status(mail), "open") << "of another channel";
  EXPECT_EQ(status(broadcast), "open") << "it is in nobody's inbox";
  EXPECT_EQ(expire(), 0);
}

TEST_F(ChatExpiration, EndsNothingWithoutARuleInForce) {
  const auto id = add(100'000);
  EXPECT_EQ(expire(), 0);
  rule("whatsapp", 60, false);
  EXPECT_EQ(expire(), 0);
  EXPECT_EQ(status(id), "open");
}

TEST_F(ChatExpiration, CountsFromWhatAnAgentDidLast) {
  rule("whatsapp", 60);
  const auto id = add(100);
  world.sql("update conversations set updated_at = now() - interval '59 minutes'");
  EXPECT_EQ(expire(), 0) << "an agent opened it again, or tagged it";
  world.sql("update conversations set updated_at = now() - interval '61 minutes'");
  EXPECT_EQ(expire(), 1);
}

TEST_F(ChatExpiration, HoldsForItsOwnTenant) {
  const auto another = world.sql("insert into tenants (name) values ('two') returning id");
  rule_of(quoted(another), "whatsapp", 5, true);
  rule("whatsapp", 600);
  add(60);
  EXPECT_EQ(expire(), 0);
}

TEST_F(ChatExpiration, TakesTheLongestIdleFirstAndNoMoreThanAsked) {
  rule("whatsapp", 60);
  rule("email", 60);
  const auto later = add(100), first = add(300), second = add(200);
  EXPECT_EQ(expire(2), 2);
  EXPECT_EQ(status(first) + status(second) + status(later), "expiredexpiredopen");
  add(100, "open", "email");
  EXPECT_EQ(expire(1), 1);
  EXPECT_EQ(expire(5), 1);
}

TEST_F(ChatExpiration, WaitsForNobodyWhoChangesOne) {
  rule("whatsapp", 60);
  const auto held = add(300), free = add(200);
  storage::connection agent({.database_url = world.database.url(), .role = ""});
  agent.simple("begin");
  agent.simple("select from conversations where id = " + quoted(held) + " for no key update");
  EXPECT_EQ(expire(), 1);
  EXPECT_EQ(status(free), "expired");
  agent.simple("update conversations set updated_at = now() where id = " + quoted(held));
  agent.simple("commit");
  EXPECT_EQ(expire(), 0);
  EXPECT_EQ(status(held), "open");
}

TEST_F(ChatExpiration, IsToldOfEachConversation) {
  rule("whatsapp", 60);
  world.sql(
      "insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) values (" +
      own() + ", 'https://example.com', '{conversation.*}', 'x', " + own() + ")");
  const auto id = add(61);
  world.sql("delete from webhook_events");
  expire();
  EXPECT_EQ(world.sql("select string_agg(type || ' ' || (body::json -> 'data' ->> 'status') || ' ' "
                      "|| (body::json -> 'data' ->> 'id'), ', ' order by id) from webhook_events"),
            "conversation.expired expired " + id + ", conversation.updated expired " + id);
}

}  // namespace
}  // namespace omnistream::test
