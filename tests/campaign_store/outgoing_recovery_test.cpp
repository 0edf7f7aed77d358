// What becomes of messages of agents when the server dies or the account is refused: nothing that
// was known is forgotten, and whoever else waits is told.

#include "tests/campaign_store/channel_chat.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_message::kind;

TEST(OutgoingRecovery, KeepsSinceWhenMetaMayHaveGotAMessage) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto id = chat.taken("Hi");
  const auto claimed_at = system_now();
  ASSERT_TRUE(chat.next(false, claimed_at));
  EXPECT_FALSE(chat.next(true)) << "nobody knows whether it was sent";
  const auto handed_after = [&](timestamp when) {
    return world.sql("select status || ' ' || (handed_at >= '" + format_rfc3339(when) +
                     "') from messages where id = '" + id + "'");
  };
  EXPECT_EQ(handed_after(claimed_at - std::chrono::seconds{1}), "1 true");
  EXPECT_EQ(handed_after(claimed_at + std::chrono::seconds{1}), "1 false");
}

TEST(OutgoingRecovery, TriesReactionsAgain) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  world.sql(
      "insert into messages (tenant_id, conversation_id, direction, external_id, type, "
      "content, sent_at) values ('" +
      store_world::id(world.tenant) + "', '" + store_world::id(chat.conversation) +
      "', 'inbound', 'mid.in', 'text', '{}', now())");
  ASSERT_TRUE(
      chat.take({"reaction", {{"message_id", "mid.in"}, {"emoji", "\U0001F44D"}}, {}, {}}).ok());
  const auto text = chat.taken("Hi");
  const auto first = chat.next(false);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->repeatable);
  const auto again = chat.next(true);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->number, first->number);
  EXPECT_EQ(again->attempt, first->attempt + 1);
  chat.record(*again, kind::sent, "mid.1");
  const auto second = chat.next(false);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->repeatable);
  EXPECT_FALSE(chat.next(true));
  EXPECT_TRUE(chat.state(text).starts_with("1 Uncertain"));
}

TEST(OutgoingRecovery, ARefusedAccountIsToldToAllWhoWaitForItOnce) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  chat.taken("Hi");
  const auto own = "'" + store_world::id(world.tenant) + "'";
  const auto contact = world.sql("insert into contacts (tenant_id, phone_number) values (" + own +
                                 ", '+6281277') returning id");
  const auto other =
      world.sql("insert into conversations (tenant_id, contact_id, account_id, channel) values (" +
                own + ", '" + contact + "', '" + chat.account + "', 'messenger') returning id");
  const auto waiting = world.sql(
      "insert into messages (tenant_id, conversation_id, direction, type, content, "
      "sent_at, status) values (" +
      own + ", '" + other + "', 'outbound', 'text', '{}', now(), 0) returning id");
  world.sql(
      "insert into outgoing_messages (conversation_id, number, message_id, tenant_id, "
      "account_id, due_at) values ('" +
      other + "', 1, '" + waiting + "', " + own + ", '" + chat.account + "', now())");
  const auto claimed = chat.claim();
  chat.record(claimed, kind::retry, "", pause{account_refused, "Wrong"});
  EXPECT_EQ(chat.told.conversations, (std::set<uuid>{chat.conversation, *uuid::parse(other)}));
  chat.told = {};
  chat.record(claimed, kind::retry, "", pause{account_refused, "Wrong"});
  EXPECT_TRUE(chat.told.conversations.empty()) << "they know";
}

TEST(OutgoingRecovery, ACampaignsRefusalIsToldToAllWhoWait) {
  store_world world;
  whom_to_wake told;
  campaign_store_options options;
  options.stopped = [&](const whom_to_wake& who) { told = who; };
  const auto store = make_campaign_store(world.pool_, std::move(options));
  world.begin(1);
  const auto other = world.make_campaign();
  world.sql("update campaigns set status = 'sending'");
  const auto account = world.load()->account;
  const auto pause_it = [&] {
    return store_world::wait<omnistream::done>([&](auto done) {
      store->pause_account(account, {account_refused, "Wrong"}, done);
    });
  };
  ASSERT_TRUE(pause_it().ok());
  EXPECT_EQ(told.campaigns, (std::set<uuid>{world.campaign, other}));
  told = {};
  ASSERT_TRUE(pause_it().ok());
  EXPECT_TRUE(told.campaigns.empty());
  world.pool_.stop();
}

}  // namespace
}  // namespace omnistream::test
