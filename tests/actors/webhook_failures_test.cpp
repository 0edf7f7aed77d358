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

// -- failures ------------------------------------------------------------------------------------

TEST_F(WebhookActor, AFailureIsRecordedBeforeAnythingElseIsSent) {
  by_hand();
  world.tell(hook, 1);
  world.tell(hook, 2);
  world.settle();
  world.answer_next(answered(500));
  world.run();
  ASSERT_EQ(world.store.jobs(), 1U);
  EXPECT_TRUE(world.sender.open.empty());
  world.settle();
  EXPECT_EQ(status(), retrying);
  EXPECT_EQ(world.data(hook).state.failing_since, world.now);
  ASSERT_EQ(world.data(hook).log.size(), 1U);
  EXPECT_EQ(row(0).state, state::pending);
  EXPECT_EQ(row(0).next_attempt_at, world.now + seconds{5});
  EXPECT_EQ(row(0).response_code, 500);
  EXPECT_EQ(row(0).excerpt, "said 500");
  EXPECT_EQ(world.data(hook).outbox.size(), 1U) << "the second waits";
}

TEST_F(WebhookActor, TriesAgainWithTheSameIdAndTheRestWaitsBehind) {
  int failures = 3;
  world.subscriber = [&](const delivery_request&) {
    return failures-- > 0 ? no_answer() : answered(200);
  };
  for (int i = 1; i <= 5; ++i) world.tell(hook, i);
  world.settle();
  world.pass(seconds{4});
  EXPECT_EQ(world.sender.all.size(), 1U);
  world.pass(seconds{2});
  EXPECT_EQ(world.sender.all.size(), 2U);
  world.pass(minutes{5} + seconds{1}, seconds{1});
  EXPECT_EQ(world.sender.all.size(), 3U);
  EXPECT_TRUE(world.got.empty());
  world.pass(minutes{30} + seconds{1}, seconds{1});
  EXPECT_EQ(world.got, up_to(5));
  EXPECT_EQ(status(), active);
  EXPECT_EQ(world.data(hook).state.failing_since, std::nullopt);
  EXPECT_EQ(row(0).attempts, 4);
  EXPECT_EQ(world.attempts.at(delivery_id_of(hook, 1, 1, 1)), 4);
}

TEST_F(WebhookActor, IsNotAskedBeforeItWantsToBe) {
  int requests = 0;
  world.subscriber = [&](const delivery_request&) {
    return ++requests == 1 ? answered(429, seconds{60}) : answered(200);
  };
  world.tell(hook, 1);
  world.tell(hook, 2);
  world.settle();
  world.pass(seconds{59});
  EXPECT_EQ(requests, 1);
  world.pass(seconds{2});
  EXPECT_EQ(world.got, up_to(2));
}

TEST_F(WebhookActor, SlowsDownForABusySubscriber) {
  std::vector<timestamp> at;
  world.subscriber = [&](const delivery_request&) {
    at.push_back(world.now);
    return at.size() <= 3 ? answered(429) : answered(200);
  };
  for (int i = 1; i <= 6; ++i) world.tell(hook, i);
  world.settle();
  world.pass(minutes{36}, milliseconds{500});
  EXPECT_EQ(world.got, up_to(6));
  ASSERT_GE(at.size(), 6U);
  EXPECT_GE(at[4] - at[3], seconds{1}) << "the gap shrinks only by and by";
}

TEST_F(WebhookActor, GivesOneUpAfterTenAttemptsAndGoesOn) {
  world.subscriber = [](const delivery_request& request) {
    return numbers_in(*request.body) == std::vector{1} ? answered(503) : answered(200);
  };
  world.tell(hook, 1);
  world.tell(hook, 2);
  world.settle();
  world.pass(hours{77}, minutes{1});
  EXPECT_EQ(world.attempts.at(delivery_id_of(hook, 1, 1, 1)), 10);
  EXPECT_EQ(row(0).state, state::failed);
  EXPECT_EQ(row(0).next_attempt_at, std::nullopt);
  EXPECT_EQ(world.got, std::vector{2});
  EXPECT_EQ(status(), active);
}

TEST_F(WebhookActor, IsDisabledAfterFiveDaysOfNothingButFailure) {
  world.subscriber = [](const delivery_request&) { return no_answer(); };
  world.tell(hook, 1);
  world.tell(hook, 2);
  world.settle();
  world.pass(hours{119}, minutes{5});
  EXPECT_EQ(status(), retrying);
  world.pass(hours{60}, minutes{5});
  EXPECT_EQ(status(), disabled);
  EXPECT_EQ(world.data(hook).state.disabled_reason, "failing");
  const auto asked = world.sender.all.size();
  world.tell(hook, 3);
  world.pass(hours{48}, minutes{5});
  EXPECT_EQ(world.sender.all.size(), asked);
  EXPECT_TRUE(world.entities().empty());
}

TEST_F(WebhookActor, GoneDisablesAndLeavesTheOutbox) {
  world.subscriber = [](const delivery_request&) { return answered(410); };
  for (int i = 1; i <= 3; ++i) world.tell(hook, i);
  world.settle();
  EXPECT_EQ(status(), disabled);
  EXPECT_EQ(world.data(hook).state.disabled_reason, "gone");
  EXPECT_EQ(world.sender.all.size(), 1U);
  EXPECT_EQ(world.data(hook).outbox.size(), 2U);
  EXPECT_TRUE(world.entities().empty()) << "leaves memory";
  world.subscriber = [](const delivery_request&) { return answered(200); };
  webhook_edit enable;
  enable.is_active = true;
  world.call(hook, edit_webhook{enable});
  world.settle();
  EXPECT_EQ(world.got, up_to(3)) << "in order, when enabled again";
  EXPECT_EQ(status(), active);
}

// -- probes and aside ----------------------------------------------------------------------------

TEST_F(WebhookActor, WhatIsRefusedForItselfIsSetAside) {
  world.subscriber = [](const delivery_request& request) {
    return numbers_in(*request.body) == std::vector{2} ? answered(422) : answered(200);
  };
  for (int i = 1; i <= 6; ++i) world.tell(hook, i);
  world.settle();
  world.pass(minutes{34}, seconds{1});
  EXPECT_EQ(world.got, up_to(1));
  world.pass(minutes{3}, seconds{1});
  EXPECT_EQ(world.got, (std::vector{1, 3, 4, 5, 6}));
  EXPECT_EQ(status(), active);
  auto& aside = *world.store.row(hook, delivery_id_of(hook, 2, 2, 1));
  EXPECT_TRUE(aside.aside);
  EXPECT_EQ(aside.state, state::pending);
  EXPECT_EQ(aside.attempts, 4);
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.pass(hours{2} + minutes{1}, seconds{10});
  EXPECT_EQ(world.got.back(), 2) << "by its own schedule";
  EXPECT_EQ(aside.state, state::delivered);
}

TEST_F(WebhookActor, AProbeThatFailsChangesNothingForTheRest) {
  world.subscriber = [](const delivery_request&) { return answered(500); };
  for (int i = 1; i <= 4; ++i) world.tell(hook, i);
  world.settle();
  world.pass(minutes{36}, seconds{1});
  EXPECT_EQ(world.asked(), (std::vector{1, 1, 1, 1, 2}));
  EXPECT_EQ(status(), retrying);
  world.pass(hours{3}, seconds{10});
  EXPECT_EQ(world.asked(), (std::vector{1, 1, 1, 1, 2, 1, 2}));
  EXPECT_LE(world.store.ordered_most, 2U);
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.pass(hours{5}, seconds{10});
  EXPECT_EQ(world.got, up_to(4));
}

TEST_F(WebhookActor, NoProbeWhenTheSubscriberIsAway) {
  world.subscriber = [](const delivery_request&) { return answered(503); };
  for (int i = 1; i <= 4; ++i) world.tell(hook, i);
  world.settle();
  world.pass(hours{10}, seconds{30});
  for (const int number : world.asked()) EXPECT_EQ(number, 1);
}

TEST_F(WebhookActor, RedeliversAsideBetweenTheOrderedOnes) {
  for (int i = 1; i <= 60; ++i) world.tell(hook, i);
  world.settle();
  world.pass(seconds{1});
  for (auto& each : world.data(hook).log) each.state = state::failed;
  const auto slot = world.call(hook, redeliver_failed{world.now - hours{1}});
  world.got.clear();
  for (int i = 101; i <= 160; ++i) world.commit(hook, i);
  world.settle();
  world.pass(seconds{5});
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(json_of(slot)["redelivered"], 60);
  ASSERT_EQ(world.got.size(), 120U);
  std::vector<int> ordered, aside;
  for (const int number : world.got) (number > 100 ? ordered : aside).push_back(number);
  EXPECT_TRUE(std::is_sorted(ordered.begin(), ordered.end()));
  EXPECT_EQ(aside.size(), 60U);
  EXPECT_LT(std::find(world.got.begin(), world.got.end(), 110) - world.got.begin(), 40)
      << "neither waits for the other";
}

TEST_F(WebhookActor, AFailureOfAnAsideOneDoesNotHoldUpTheRest) {
  world.tell(hook, 1);
  world.settle();
  world.pass(seconds{1});
  const auto id = delivery_id_of(hook, 1, 1, 1);
  world.subscriber = [id](const delivery_request& request) {
    return request.delivery_id == id ? answered(503, hours{2}) : answered(200);
  };
  const auto slot = world.call(hook, redeliver{id});
  world.settle();
  EXPECT_EQ(status_of(slot), 202);
  EXPECT_EQ(row(0).state, state::pending);
  EXPECT_EQ(status(), active);
  world.tell(hook, 2);
  world.settle();
  EXPECT_EQ(world.got, up_to(2));
  world.pass(hours{100}, minutes{1});
  EXPECT_EQ(row(0).state, state::failed);
  EXPECT_EQ(row(0).attempts, 10);
  EXPECT_EQ(status(), active);
}

TEST_F(WebhookActor, AsideOnesFailEachForItself) {
  for (int i = 1; i <= 100; ++i) world.tell(hook, i);
  world.settle();
  world.pass(seconds{1});
  for (auto& each : world.data(hook).log) each.state = state::failed;
  world.got.clear();
  world.subscriber = [](const delivery_request& request) {
    return numbers_in(*request.body)[0] % 3 == 0 ? answered(500) : answered(200);
  };
  world.call(hook, redeliver_failed{world.now - hours{1}});
  world.settle();
  world.pass(seconds{4});
  EXPECT_EQ(world.got.size(), 67U);
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.pass(seconds{3});
  EXPECT_EQ(world.got.size(), 100U);
}

// -- a store that fails --------------------------------------------------------------------------

TEST_F(WebhookActor, AStoreThatIsAwayIsAskedAgain) {
  for (const auto* operation : {"load", "read", "record"}) {
    SCOPED_TRACE(operation);
    faults_met = 0;
    fail(operation, 3, fault::away);
    world.pass(minutes{2}, seconds{1});  // out of memory
    const int number = static_cast<int>(world.got.size()) + 1;
    world.tell(hook, number);
    world.settle();
    world.pass(seconds{5});
    EXPECT_EQ(faults_met, 3);
    EXPECT_EQ(world.got, up_to(number)) << "once: it was not forgotten that it was sent";
    EXPECT_TRUE(world.data(hook).outbox.empty());
  }
}

TEST_F(WebhookActor, ARecordInDoubtIsMadeAgain) {
  fail("record", 2, fault::in_doubt);
  for (int i = 1; i <= 40; ++i) world.commit(hook, i);
  world.wake_up(hook);
  world.settle();
  world.pass(seconds{5});
  EXPECT_EQ(world.got, up_to(40));
  EXPECT_EQ(world.data(hook).log.size(), 40U);
}

TEST_F(WebhookActor, CallersAreToldThatTheStoreIsAway) {
  fail("load", 1, fault::away);
  const auto slot = world.call(hook, edit_webhook{});
  world.settle();
  EXPECT_EQ(status_of(slot), 503);
}

TEST_F(WebhookActor, WhatDoesNotExistIsNotFoundAndNotKept) {
  const uuid nobody{{0x99}};
  const auto slot = world.call(nobody, test_webhook{});
  world.wake_up(nobody);
  world.settle();
  EXPECT_EQ(status_of(slot), 404);
  EXPECT_TRUE(world.entities().empty());
}

}  // namespace
}  // namespace omnistream::test
