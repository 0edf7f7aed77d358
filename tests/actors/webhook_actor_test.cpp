#include "tests/actors/webhook_actor_world.hpp"

namespace omnistream::test {
namespace {

using enum webhook_status;
using state = delivery::status;
using fault = fake_webhook_store::fault;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// -- sending -------------------------------------------------------------------------------------

TEST_F(WebhookActor, SendsWhatWaitsInOrderAndRecordsIt) {
  for (int i = 1; i <= 100; ++i) world.commit(hook, i);
  world.wake_up(hook);
  world.settle();
  world.pass(milliseconds{100}, milliseconds{10});
  EXPECT_EQ(world.got, up_to(100));
  EXPECT_EQ(world.sender.open_most, 1U) << "one at a time";
  EXPECT_TRUE(world.data(hook).outbox.empty());
  ASSERT_EQ(world.data(hook).log.size(), 100U);
  for (const auto& each : world.data(hook).log) {
    EXPECT_EQ(each.state, state::delivered);
    EXPECT_EQ(each.attempts, 1);
    EXPECT_EQ(each.response_code, 200);
    EXPECT_EQ(each.type, "thing.happened");
  }
}

TEST_F(WebhookActor, ARequestSaysWhoWhereAndWhat) {
  world.tell(hook, 1);
  world.settle();
  ASSERT_EQ(world.sender.all.size(), 1U);
  const auto& request = world.sender.all[0];
  EXPECT_EQ(request.tenant_id, world.tenant);
  EXPECT_EQ(request.url, "https://example.org/hook");
  EXPECT_EQ(request.delivery_id, delivery_id_of(hook, 1, 1, 1));
  EXPECT_EQ(request.secrets, world.data(hook).secrets);
  EXPECT_EQ(*request.body, event_body("thing.happened", world.now, "{\"n\":1,\"fill\":\"\"}"));
}

TEST_F(WebhookActor, RecordsInGroupsWithoutHoldingUpTheNextSend) {
  for (int i = 1; i <= 100; ++i) world.commit(hook, i);
  world.wake_up(hook);
  world.settle();
  world.pass(milliseconds{100}, milliseconds{10});
  EXPECT_EQ(world.got.size(), 100U);
  EXPECT_LE(world.data(hook).records, 20);
  EXPECT_LE(world.store.recorded_most, 32U);
}

TEST_F(WebhookActor, IsNeverFurtherAheadOfItsRecordThanItsBound) {
  for (int i = 1; i <= 100; ++i) world.commit(hook, i);
  world.store.faults = [](const std::string& what) {
    return what == "record" ? fault::away : fault::none;
  };
  world.wake_up(hook);
  world.settle();
  world.pass(seconds{10});
  EXPECT_EQ(world.got, up_to(32)) << "sent and not recorded";
  world.store.faults = nullptr;
  world.pass(seconds{2});
  EXPECT_EQ(world.got, up_to(100));
  EXPECT_TRUE(world.data(hook).outbox.empty());
}

TEST_F(WebhookActor, HoldsNoMoreThanItsWindow) {
  by_hand();
  for (int i = 1; i <= 10'000; ++i) world.commit(hook, i);
  world.wake_up(hook);
  world.settle();
  EXPECT_EQ(world.sender.open.size(), 1U);
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.settle();
  world.pass(seconds{20});
  EXPECT_EQ(world.got, up_to(10'000));
  EXPECT_LE(world.store.read_most, 64) << "32 held and 32 unrecorded";
}

TEST_F(WebhookActor, LargeEventsCountByTheirBytes) {
  for (int i = 1; i <= 50; ++i) world.commit(hook, i, 0, 50'000);
  world.commit(hook, 51, 0, 1'000'000);
  world.commit(hook, 52);
  world.wake_up(hook);
  world.settle();
  world.pass(seconds{5});
  EXPECT_EQ(world.got, up_to(52));
}

TEST_F(WebhookActor, WhatIsCommittedLateIsNotSkipped) {
  world.last_place = 10;
  world.commit(hook, 11, 11);
  world.commit(hook, 12, 12);
  world.wake_up(hook);
  world.settle();
  EXPECT_EQ(world.got, (std::vector<int>{11, 12}));
  world.commit(hook, 5, 5);
  world.wake_up(hook);
  world.settle();
  world.pass(seconds{1});
  EXPECT_EQ(world.got, (std::vector<int>{11, 12, 5}));
  EXPECT_TRUE(world.data(hook).outbox.empty());
}

TEST_F(WebhookActor, AnUnreadableSecretIsAFailureAPersonSees) {
  world.data(hook).secrets.clear();
  world.tell(hook, 1);
  world.settle();
  EXPECT_TRUE(world.sender.all.empty());
  ASSERT_EQ(world.data(hook).log.size(), 1U);
  EXPECT_NE(row(0).error.find("rotate"), std::string::npos);
  world.data(hook).secrets = {"whsec_AAAA"};
  world.pass(seconds{6});
  EXPECT_EQ(world.got, up_to(1));
}

TEST_F(WebhookActor, ASecretThatEndsIsNotUsedLonger) {
  world.data(hook).secrets = {"new", "old"};
  world.data(hook).secrets_until = world.now + seconds{30};
  world.tell(hook, 1);
  world.settle();
  EXPECT_EQ(world.sender.all.back().secrets.size(), 2U);
  world.data(hook).secrets = {"new"};
  world.data(hook).secrets_until.reset();
  world.pass(seconds{31}, seconds{1});
  world.tell(hook, 2);
  world.settle();
  EXPECT_EQ(world.sender.all.back().secrets.size(), 1U);
  EXPECT_EQ(world.got, up_to(2));
}

// -- batches -------------------------------------------------------------------------------------

TEST_F(WebhookActor, BatchesWhatWaits) {
  world.data(hook).batch_max = 10;
  world.data(hook).batch_wait = milliseconds{200};
  for (int i = 1; i <= 25; ++i) world.commit(hook, i);
  world.wake_up(hook);
  world.settle();
  EXPECT_EQ(world.sender.all.size(), 2U) << "full ones go at once";
  world.pass(milliseconds{300}, milliseconds{10});
  EXPECT_EQ(world.sender.all.size(), 3U);
  EXPECT_EQ(world.got, up_to(25));
  EXPECT_EQ(row(0).type, "events.batch");
  EXPECT_EQ(row(0).event_count, 10);
  EXPECT_EQ(row(2).event_count, 5);
  EXPECT_TRUE(world.data(hook).outbox.empty());
}

TEST_F(WebhookActor, ABatchWaitsForCompanyNoLongerThanItMay) {
  world.data(hook).batch_max = 10;
  world.data(hook).batch_wait = milliseconds{500};
  for (int i = 1; i <= 8; ++i) {
    world.tell(hook, i);
    world.settle();
    world.pass(milliseconds{100}, milliseconds{10});
  }
  world.pass(seconds{1}, milliseconds{10});
  EXPECT_EQ(world.got, up_to(8));
  EXPECT_EQ(world.sender.all.size(), 2U);
}

TEST_F(WebhookActor, ABatchThatFailsIsTriedAgainAsItWas) {
  world.data(hook).batch_max = 10;
  int requests = 0;
  world.subscriber = [&](const delivery_request&) {
    return ++requests == 1 ? answered(500) : answered(200);
  };
  world.commit(hook, 1);
  world.commit(hook, 2);
  world.wake_up(hook);
  world.settle();
  world.tell(hook, 3);
  world.pass(seconds{10});
  EXPECT_EQ(world.got, up_to(3));
  EXPECT_EQ(*world.sender.all[0].body, *world.sender.all[1].body);
  EXPECT_EQ(world.sender.all[0].delivery_id, world.sender.all[1].delivery_id);
}

// -- life ----------------------------------------------------------------------------------------

TEST_F(WebhookActor, LeavesMemoryWhenIdle) {
  world.tell(hook, 1);
  world.settle();
  world.pass(seconds{59});
  EXPECT_EQ(world.entities().size(), 1U);
  world.pass(seconds{3});
  EXPECT_TRUE(world.entities().empty());
  world.tell(hook, 2);
  world.settle();
  EXPECT_EQ(world.got, up_to(2));
  EXPECT_EQ(world.spawned, 2);
}

TEST_F(WebhookActor, WaitsForARetryOutsideMemory) {
  int requests = 0;
  world.subscriber = [&](const delivery_request&) {
    return ++requests <= 2 ? no_answer() : answered(200);
  };
  world.tell(hook, 1);
  world.settle();
  world.pass(seconds{12});
  EXPECT_EQ(requests, 2);
  EXPECT_TRUE(world.entities().empty());
  world.pass(minutes{5});
  EXPECT_EQ(world.got, up_to(1)) << "woken by its alarm";
}

TEST_F(WebhookActor, EventsForADeadSubscriberCostNoLoads) {
  world.subscriber = [](const delivery_request&) { return no_answer(); };
  world.tell(hook, 1);
  world.settle();
  world.pass(seconds{6});
  const int loads = world.store.calls["load"], reads = world.store.calls["read"];
  for (int i = 2; i <= 100; ++i) {
    world.tell(hook, i);
    world.settle();
    world.pass(seconds{1}, milliseconds{500});
  }
  EXPECT_EQ(world.store.calls["load"], loads);
  EXPECT_EQ(world.store.calls["read"], reads);
  EXPECT_EQ(world.spawned, 1);
}

TEST_F(WebhookActor, ARestartGoesOnWithWhatIsPending) {
  world.subscriber = [](const delivery_request&) { return answered(500); };
  for (int i = 1; i <= 3; ++i) world.tell(hook, i);
  world.settle();
  world.stop();
  world.start();
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.wake_up(hook);
  world.settle();
  EXPECT_TRUE(world.got.empty()) << "not before its time";
  world.pass(seconds{6});
  EXPECT_EQ(world.got, up_to(3));
  EXPECT_EQ(row(0).attempts, 2);
}

TEST_F(WebhookActor, ACrashBeforeTheRecordDeliversAgainWithTheSameId) {
  by_hand();
  world.tell(hook, 1);
  world.settle();
  world.answer_next(answered(200));
  world.run();
  world.stop();
  world.start();
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.wake_up(hook);
  world.settle();
  EXPECT_EQ(world.got, (std::vector{1, 1}));
  EXPECT_EQ(world.sender.all[0].delivery_id, world.sender.all[1].delivery_id);
}

TEST_F(WebhookActor, DrainFinishesWhatIsUnderWayAndBeginsNothing) {
  by_hand();
  for (int i = 1; i <= 3; ++i) world.tell(hook, i);
  world.settle();
  caf::scoped_actor self{world.system, true};
  self->send(world.registry, drain{});
  world.settle();
  EXPECT_EQ(world.entities().size(), 1U) << "a request is under way";
  const auto refused = world.call(hook, test_webhook{});
  world.settle();
  EXPECT_EQ(status_of(refused), 503);
  world.answer_next(answered(200));
  world.settle();
  EXPECT_TRUE(world.entities().empty());
  EXPECT_TRUE(world.sender.open.empty());
  ASSERT_EQ(world.data(hook).log.size(), 1U);
  EXPECT_EQ(row(0).state, state::delivered);
  EXPECT_EQ(world.data(hook).outbox.size(), 2U);
}

TEST_F(WebhookActor, DrainOfAnIdleOneEndsAtOnce) {
  world.tell(hook, 1);
  world.settle();
  caf::anon_send(world.registry, drain{});
  world.settle();
  EXPECT_TRUE(world.entities().empty());
}

}  // namespace
}  // namespace omnistream::test
