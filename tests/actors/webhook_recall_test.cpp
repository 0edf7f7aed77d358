// What waits for its turn and is not to go as it was asked for, what subscribers hold up at the
// end, and what all subscriptions hold together.

#include "tests/actors/webhook_actor_world.hpp"

namespace omnistream::test {
namespace {

using state = delivery::status;
using std::chrono::milliseconds;
using std::chrono::seconds;

webhook_edit to_url(const std::string& url) {
  webhook_edit changes;
  changes.url = url;
  return changes;
}

class WebhookRecall : public WebhookActor {
 protected:
  WebhookRecall() {
    by_hand();
    world.sender.waits_for_lane = true;
    for (int i = 1; i <= 3; ++i) world.tell(hook, i);
    world.settle();
  }
  /// The lanes are free: everything is taken.
  void let_go() {
    world.sender.waits_for_lane = false;
    world.subscriber = [](const delivery_request&) { return answered(200); };
    world.settle();
    world.pass(seconds{1});
  }
};

TEST_F(WebhookRecall, WhatWaitsGoesToTheNewUrl) {
  ASSERT_EQ(world.sender.open.size(), 1U);
  const auto slot = world.call(hook, edit_webhook{to_url("https://new.example.org/")});
  world.settle();
  EXPECT_EQ(status_of(slot), 200);
  ASSERT_EQ(world.sender.open.size(), 1U);
  EXPECT_EQ(world.sender.open[0].request.url, "https://new.example.org/");
  EXPECT_EQ(world.sender.open[0].request.delivery_id, world.sender.all[0].delivery_id);
  let_go();
  EXPECT_EQ(world.got, up_to(3));
  EXPECT_EQ(row(0).attempts, 1) << "one that did not leave is no attempt";
}

TEST_F(WebhookRecall, WhatWaitsIsSignedWithTheNewSecret) {
  world.call(hook, rotate_webhook_secret{{"whsec_bmV3", world.now + std::chrono::hours{24}}});
  world.settle();
  ASSERT_EQ(world.sender.open.size(), 1U);
  EXPECT_EQ(world.sender.open[0].request.secrets, world.data(hook).secrets);
  let_go();
  EXPECT_EQ(world.got, up_to(3));
}

TEST_F(WebhookRecall, WhatWaitsDoesNotGoToADisabledOne) {
  webhook_edit changes;
  changes.is_active = false;
  world.call(hook, edit_webhook{changes});
  world.settle();
  EXPECT_TRUE(world.sender.open.empty());
  EXPECT_EQ(world.data(hook).outbox.size(), 3U);
  changes.is_active = true;
  world.call(hook, edit_webhook{changes});
  let_go();
  EXPECT_EQ(world.got, up_to(3)) << "nothing is lost";
}

TEST_F(WebhookRecall, WhatHasLeftIsNotSentAgain) {
  world.sender.waits_for_lane = false;
  world.call(hook, edit_webhook{to_url("https://new.example.org/")});
  world.settle();
  EXPECT_EQ(world.sender.all.size(), 1U);
  let_go();
  EXPECT_EQ(world.got, up_to(3));
}

/// What the old endpoint refused may please the new one.
TEST_F(WebhookRecall, AProbeGivesWayToTheHeadAtANewUrl) {
  world.sender.waits_for_lane = false;
  world.subscriber = [](const delivery_request&) { return answered(500); };
  world.settle();
  while (world.asked().size() < 3) world.pass(seconds{1});
  world.subscriber = nullptr;
  while (world.sender.open.empty()) world.pass(seconds{1});
  world.sender.waits_for_lane = true;
  world.answer_with(answered(500));
  ASSERT_EQ(world.sender.open.size(), 1U);
  ASSERT_EQ(numbers_in(*world.sender.open[0].request.body), std::vector{2}) << "the probe";
  auto changes = to_url("https://new.example.org/");
  changes.is_active = true;
  world.call(hook, edit_webhook{changes});
  world.settle();
  let_go();
  EXPECT_EQ(world.got, up_to(3)) << "in order";
}

TEST_F(WebhookRecall, WhatWasTriedBeforeIsTriedAgain) {
  world.sender.waits_for_lane = false;
  world.answer_with(answered(500));
  world.sender.waits_for_lane = true;
  world.pass(seconds{10});
  ASSERT_EQ(world.sender.open.size(), 1U);
  world.call(hook, edit_webhook{to_url("https://new.example.org/")});
  world.settle();
  ASSERT_EQ(world.sender.open.size(), 1U);
  EXPECT_EQ(world.sender.open[0].request.url, "https://new.example.org/");
  let_go();
  EXPECT_EQ(world.got, up_to(3));
  EXPECT_EQ(row(0).attempts, 2);
}

TEST_F(WebhookRecall, ATestThatWaitsGoesToTheNewUrl) {
  const auto tested = world.call(hook, test_webhook{});
  world.settle();
  ASSERT_EQ(world.sender.open.size(), 2U);
  world.call(hook, edit_webhook{to_url("https://new.example.org/")});
  world.settle();
  ASSERT_EQ(world.sender.open.size(), 2U);
  for (const auto& each : world.sender.open)
    EXPECT_EQ(each.request.url, "https://new.example.org/");
  let_go();
  EXPECT_EQ(status_of(tested), 200);
}

TEST_F(WebhookRecall, ATestDoesNotGoToADeletedOne) {
  const auto tested = world.call(hook, test_webhook{});
  world.settle();
  ASSERT_EQ(world.sender.open.size(), 2U);
  world.call(hook, remove_webhook{});
  world.settle();
  EXPECT_TRUE(world.sender.open.empty());
  EXPECT_EQ(status_of(tested), 404);
}

TEST_F(WebhookRecall, ADrainDoesNotWaitForALane) {
  const auto tested = world.call(hook, test_webhook{});
  world.settle();
  caf::anon_send(world.registry, drain{});
  world.settle();
  EXPECT_TRUE(world.entities().empty());
  EXPECT_TRUE(world.sender.open.empty());
  EXPECT_EQ(status_of(tested), 503);
  EXPECT_EQ(world.data(hook).outbox.size(), 3U);
}

TEST_F(WebhookRecall, ADrainWaitsForAnAnswerOnlySoLong) {
  world.sender.waits_for_lane = false;
  const auto tested = world.call(hook, test_webhook{});
  world.settle();
  caf::anon_send(world.registry, drain{});
  world.pass(world.options.drain_patience - milliseconds{200});
  EXPECT_EQ(world.entities().size(), 1U);
  world.pass(milliseconds{300});
  EXPECT_TRUE(world.entities().empty()) << "the subscriber hangs";
  EXPECT_EQ(status_of(tested), 503);
  const auto id = world.sender.all[0].delivery_id;
  world.stop();
  world.start();
  world.wake_up(hook);
  let_go();
  EXPECT_EQ(world.got, up_to(3));
  EXPECT_EQ(world.sender.all[2].delivery_id, id);
}

// -- memory --------------------------------------------------------------------------------------

TEST(EventBudget, CountsWhatAllHold) {
  const auto budget = std::make_shared<event_budget>(100);
  event_budget::share one(budget);
  {
    event_budget::share other(budget);
    one.set(30);
    other.set(60);
    EXPECT_EQ(budget->held(), 90U);
    EXPECT_TRUE(one.has_room(10));
    EXPECT_FALSE(other.has_room(11));
    other.set(20);
    EXPECT_TRUE(other.has_room(50));
  }
  EXPECT_EQ(budget->held(), 30U);
}

class ScarceMemory : public WebhookActor {
 protected:
  ScarceMemory() { world.budget = std::make_shared<event_budget>(1); }
};

TEST_F(ScarceMemory, HoldsOneEventAtATimeAndLosesNothing) {
  by_hand();
  world.stop();
  world.start();
  constexpr int count = 20;
  constexpr std::size_t bytes = 1'000;
  for (int i = 1; i <= count; ++i) world.commit(hook, i, 0, bytes);
  world.wake_up(hook);
  world.settle();
  EXPECT_LT(world.budget->held(), 3 * bytes) << "one on its way, one waiting";
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.settle();
  world.pass(seconds{5});
  EXPECT_EQ(world.got, up_to(count));
  EXPECT_LE(world.store.read_most, 33) << "those not recorded yet, and one";
  EXPECT_EQ(world.budget->held(), 0U);
}

TEST_F(ScarceMemory, StillMakesBatches) {
  world.stop();
  world.start();
  world.data(hook).batch_max = 10;
  world.data(hook).batch_wait = milliseconds{200};
  for (int i = 1; i <= 5; ++i) world.commit(hook, i);
  world.wake_up(hook);
  world.settle();
  world.pass(seconds{2});
  EXPECT_EQ(world.got, up_to(5));
}

TEST_F(WebhookActor, GivesItsMemoryBackWhenItEnds) {
  by_hand();
  for (int i = 1; i <= 20; ++i) world.commit(hook, i, 0, 1'000);
  world.wake_up(hook);
  world.settle();
  EXPECT_GT(world.budget->held(), 20'000U);
  world.stop();
  EXPECT_EQ(world.budget->held(), 0U);
}

}  // namespace
}  // namespace omnistream::test
