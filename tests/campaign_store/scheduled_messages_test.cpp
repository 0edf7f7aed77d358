// How the time of a scheduled message comes, in the database.

#include "actors/schedule/schedule_store_sql.hpp"
#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

class ScheduledMessages : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  ScheduledMessages() {
    const auto contact = world.sql("insert into contacts (tenant_id, phone_number) values (" +
                                   own() + ", '+6281299') returning id");
    chat = world.sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
        "last_inbound_at) values (" +
        own() + ", '" + contact + "', '" + world.id(world.account) +
        "', 'whatsapp', true, now()) returning id");
  }
  std::string own() const { return "'" + world.id(world.tenant) + "'"; }
  uuid schedule(int in_seconds,
                const std::string& draft = R"({"type": "text", "object": {"body": "Later"}})") {
    return *uuid::parse(world.sql(
        "insert into scheduled_messages (tenant_id, conversation_id, message, draft, send_at, "
        "created_by) values (" +
        own() + ", '" + chat + "', '{}', '" + draft + "', now() + interval '" +
        std::to_string(in_seconds) + " s', " + own() + ") returning id"));
  }
  due_messages due(int at_most = 10, const std::vector<uuid>& without = {}) {
    const auto found = world.wait<due_messages>(
        [&](auto done) { store->due(system_now(), at_most, without, std::move(done)); });
    EXPECT_TRUE(found.ok());
    return found.ok() ? found.value() : due_messages{};
  }
  bool release(const uuid& which) {
    return world
        .wait<std::optional<uuid>>(
            [&](auto done) { store->release(which, system_now(), std::move(done)); })
        .ok();
  }
  std::string status(const uuid& which) {
    return world.sql(
        "select concat_ws(' ', status, error_code) from scheduled_messages where id = '" +
        world.id(which) + "'");
  }
  std::string waiting() { return world.sql("select count(*) from outgoing_messages"); }

  store_world world;
  std::string chat;
  std::unique_ptr<schedule_store> store =
      make_schedule_store(world.pool_, [this] { return world.epoch; });
};

TEST_F(ScheduledMessages, AreDueInTheOrderOfTheirTimes) {
  EXPECT_FALSE(due().next_at);
  const auto second = schedule(-1), first = schedule(-2), later = schedule(60);
  auto found = due();
  ASSERT_EQ(found.list.size(), 2U);
  EXPECT_EQ(found.list[0].id, first);
  EXPECT_EQ(found.list[1].id, second);
  EXPECT_EQ(world.id(found.list[0].conversation_id), chat);
  EXPECT_EQ(due(1).list.size(), 1U);
  EXPECT_TRUE(due(1, {*uuid::parse(chat)}).list.empty());
  ASSERT_TRUE(found.next_at);
  EXPECT_GT(*found.next_at, system_now());
  world.sql("update scheduled_messages set status = 'cancelled' where id = '" + world.id(later) +
            "'");
  EXPECT_FALSE(due().next_at);
}

TEST_F(ScheduledMessages, AreTakenOnceHoweverOftenItIsAsked) {
  const auto id = schedule(-1);
  EXPECT_TRUE(release(id));
  EXPECT_TRUE(release(id));
  EXPECT_EQ(status(id), "sent");
  EXPECT_EQ(waiting(), "1");
  EXPECT_EQ(
      world.sql("select m.content #>> '{text,body}' from scheduled_messages s join messages m "
                "on m.id = s.message_id"),
      "Later");
  EXPECT_TRUE(due().list.empty());
}

TEST_F(ScheduledMessages, AreLeftToWhoeverHasTheLease) {
  const auto id = schedule(-1);
  ++world.epoch;
  EXPECT_TRUE(release(id));
  EXPECT_EQ(status(id), "scheduled");
  EXPECT_EQ(waiting(), "0");
  EXPECT_TRUE(
      world.wait<done>([&](auto done) { store->fail(id, problems::internal(), std::move(done)); })
          .ok());
  EXPECT_EQ(status(id), "scheduled") << "nor failed by whoever has lost it";
}

TEST_F(ScheduledMessages, ThatWereCancelledAreNotTaken) {
  const auto id = schedule(-1);
  world.sql("update scheduled_messages set status = 'cancelled', cancelled_by = " + own());
  EXPECT_TRUE(release(id));
  EXPECT_EQ(status(id), "cancelled");
  EXPECT_EQ(waiting(), "0");
}

TEST_F(ScheduledMessages, FailWithTheReasonAndLeaveNothing) {
  const auto late = schedule(-1);
  world.sql("update conversations set last_inbound_at = now() - interval '2 days'");
  EXPECT_TRUE(release(late));
  EXPECT_EQ(status(late), "failed service_window_closed");
  const auto no_template = schedule(
      -1, R"({"type": "template", "object": {}, "template": {"name": "gone", "language": "id"}})");
  EXPECT_TRUE(release(no_template));
  EXPECT_EQ(status(no_template), "failed not_found");
  EXPECT_EQ(waiting(), "0");
  EXPECT_EQ(world.sql("select count(*) from messages"), "0");
}

TEST_F(ScheduledMessages, ThatCannotBeReadFailWhenTold) {
  const auto id = schedule(-1, "{}");
  EXPECT_FALSE(release(id));
  EXPECT_EQ(status(id), "scheduled");
  EXPECT_TRUE(
      world.wait<done>([&](auto done) { store->fail(id, problems::internal(), std::move(done)); })
          .ok());
  EXPECT_EQ(status(id), "failed internal");
}

/// However many wait, and however many were sent.
TEST_F(ScheduledMessages, AreFoundByAnIndex) {
  world.sql(
      "insert into scheduled_messages (tenant_id, conversation_id, message, draft, send_at, "
      "status, "
      "created_by) select tenant_id, id, '{}', '{}', now() + n * interval '1 s', case n % 2 when 0 "
      "then 'scheduled' else 'cancelled' end, tenant_id from conversations, generate_series(1, "
      "20000) n");
  world.sql("vacuum analyze scheduled_messages");
  for (const auto& [which, values] :
       {std::pair{&storage::queries::scheduled_messages_due, "(null, null, null)"},
        std::pair{&storage::queries::scheduled_messages_next, "(null)"}}) {
    const auto plan = world.sql(
        std::string("set role omnistream_engine; set plan_cache_mode = force_generic_plan; prepare "
                    "it as ") +
        which->sql + "; explain (format json, costs off) execute it " + values);
    EXPECT_NE(plan.find(R"("scheduled_messages_due")"), std::string::npos) << plan;
    EXPECT_EQ(plan.find(R"("Sort")"), std::string::npos) << "in the index's order: " << plan;
  }
}

}  // namespace
}  // namespace omnistream::test
