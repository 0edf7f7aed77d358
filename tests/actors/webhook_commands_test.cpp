#include "tests/actors/webhook_actor_world.hpp"

namespace omnistream::test {
namespace {

using enum webhook_status;
using state = delivery::status;
using fault = fake_webhook_store::fault;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

webhook_edit activity(bool is_active) {
  webhook_edit changes;
  changes.is_active = is_active;
  return changes;
}

TEST_F(WebhookActor, AnotherTenantFindsNothing) {
  for (const command& what :
       std::initializer_list<command>{edit_webhook{}, remove_webhook{}, rotate_webhook_secret{},
                                      test_webhook{}, redeliver{}, redeliver_failed{}}) {
    const auto slot = world.call(hook, what, uuid({2}));
    world.settle();
    EXPECT_EQ(status_of(slot), 404);
  }
  EXPECT_TRUE(world.data(hook).exists);
  EXPECT_TRUE(world.sender.all.empty());
}

TEST_F(WebhookActor, KnowsNoCommandsOfCampaigns) {
  const auto slot = world.call(hook, cancel_campaign{});
  world.settle();
  EXPECT_EQ(status_of(slot), 404);
}

TEST_F(WebhookActor, AnEditHoldsFromTheNextRequestOn) {
  world.tell(hook, 1);
  world.settle();
  webhook_edit changes;
  changes.url = "https://other.example.org/";
  changes.batch_max = 5;
  const auto slot = world.call(hook, edit_webhook{changes});
  world.tell(hook, 2);
  world.settle();
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(json_of(slot)["edited"], true);
  EXPECT_EQ(world.sender.all.back().url, "https://other.example.org/");
  EXPECT_EQ(world.data(hook).log.size(), 1U);
  world.pass(seconds{1});
  EXPECT_EQ(row(1).type, "events.batch");
}

TEST_F(WebhookActor, AnEditIsNotHeldUpByARequestUnderWay) {
  by_hand();
  world.tell(hook, 1);
  world.settle();
  const auto slot = world.call(hook, edit_webhook{activity(false)});
  world.settle();
  EXPECT_EQ(status_of(slot), 200);
  world.tell(hook, 2);
  world.answer_with(answered(500));
  EXPECT_EQ(status(), disabled) << "a result does not enable what a person disabled";
  EXPECT_EQ(world.data(hook).state.disabled_reason, "by_hand");
  EXPECT_TRUE(world.sender.open.empty());
  ASSERT_EQ(world.data(hook).log.size(), 1U);
  EXPECT_EQ(row(0).state, state::pending);
  EXPECT_TRUE(world.entities().empty());
}

TEST_F(WebhookActor, EnablingForgetsTheFailuresAndTriesAtOnce) {
  world.subscriber = [](const delivery_request&) { return answered(500); };
  world.tell(hook, 1);
  world.settle();
  world.pass(minutes{10}, seconds{1});
  ASSERT_EQ(status(), retrying);
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.call(hook, edit_webhook{activity(true)});
  world.settle();
  EXPECT_EQ(world.got, up_to(1)) << "does not wait for its time";
  EXPECT_EQ(world.data(hook).state, webhook_state{});
}

/// Whatever the subscriber asked for: a person knows that it is well again.
TEST_F(WebhookActor, EnablingDoesNotWaitForRetryAfter) {
  world.subscriber = [](const delivery_request&) { return answered(503, hours{2}); };
  world.tell(hook, 1);
  world.settle();
  ASSERT_EQ(status(), retrying);
  world.subscriber = [](const delivery_request&) { return answered(200); };
  world.call(hook, edit_webhook{activity(true)});
  world.settle();
  EXPECT_EQ(world.got, up_to(1));
}

TEST_F(WebhookActor, DisabledByHandItSendsNothingUntilEnabled) {
  world.call(hook, edit_webhook{activity(false)});
  world.tell(hook, 1);
  world.settle();
  world.pass(hours{1}, seconds{10});
  EXPECT_TRUE(world.sender.all.empty());
  EXPECT_TRUE(world.entities().empty());
  world.call(hook, edit_webhook{activity(true)});
  world.settle();
  EXPECT_EQ(world.got, up_to(1));
}

TEST_F(WebhookActor, ANewSecretSignsBesideTheOldOne) {
  const auto slot = world.call(hook, rotate_webhook_secret{{"whsec_bmV3", world.now + hours{24}}});
  world.tell(hook, 1);
  world.settle();
  EXPECT_EQ(status_of(slot), 200);
  ASSERT_EQ(world.sender.all.size(), 1U);
  EXPECT_EQ(world.sender.all[0].secrets.size(), 2U);
  EXPECT_EQ(world.sender.all[0].secrets[0], "whsec_bmV3");
}

// -- removal -------------------------------------------------------------------------------------

TEST_F(WebhookActor, WhatIsRemovedIsForgotten) {
  by_hand();
  for (int i = 1; i <= 3; ++i) world.tell(hook, i);
  world.settle();
  const auto removed = world.call(hook, remove_webhook{});
  const auto behind = world.call(hook, test_webhook{});
  world.settle();
  EXPECT_EQ(status_of(removed), 200);
  EXPECT_EQ(status_of(behind), 404);
  EXPECT_TRUE(world.entities().empty());
  world.answer_next(answered(500));  // comes too late for anybody
  world.settle();
  EXPECT_TRUE(world.data(hook).log.empty());
  EXPECT_EQ(world.sender.all.size(), 1U);
}

TEST_F(WebhookActor, RemovedBehindItsBackItLeaves) {
  by_hand();
  world.tell(hook, 1);
  world.settle();
  world.data(hook).exists = false;
  world.answer_with(answered(200));
  world.pass(seconds{1});
  EXPECT_TRUE(world.entities().empty());
}

TEST_F(WebhookActor, ARemovalInDoubtIsLookedAt) {
  fail("remove", 1, fault::in_doubt);
  const auto removed = world.call(hook, remove_webhook{});
  world.settle();
  EXPECT_EQ(status_of(removed), 503);
  EXPECT_TRUE(world.entities().empty()) << "it is gone";
}

// -- test ----------------------------------------------------------------------------------------

TEST_F(WebhookActor, ATestIsSentAtOnceAndItsDeliveryAnswered) {
  const auto slot = world.call(hook, test_webhook{});
  world.settle();
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(json_of(slot)["response_code"], 200);
  ASSERT_EQ(world.data(hook).log.size(), 1U);
  EXPECT_EQ(json_of(slot)["id"], row(0).id.to_string());
  EXPECT_EQ(row(0).state, state::delivered);
  EXPECT_EQ(row(0).type, "webhook.test");
  EXPECT_EQ(row(0).attempts, 1);
  const auto body = nlohmann::json::parse(*world.sender.all.at(0).body);
  EXPECT_EQ(body["type"], "webhook.test");
  EXPECT_EQ(body["data"]["webhook_id"], hook.to_string());
  EXPECT_EQ(body["data"]["message"], "This is a test.");
}

TEST_F(WebhookActor, ATestThatFailsIsNotTriedAgainAndChangesNothing) {
  world.subscriber = [](const delivery_request&) { return answered(410); };
  const auto slot = world.call(hook, test_webhook{});
  world.settle();
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(row(0).state, state::failed);
  EXPECT_EQ(status(), active);
  world.pass(hours{3}, seconds{10});
  EXPECT_EQ(world.sender.all.size(), 1U);
}

TEST_F(WebhookActor, ATestWaitsForNothing) {
  by_hand();
  world.tell(hook, 1);
  world.settle();
  const auto slot = world.call(hook, test_webhook{});
  const auto second = world.call(hook, test_webhook{});
  world.settle();
  ASSERT_EQ(world.sender.open.size(), 2U) << "beside the request that is under way";
  EXPECT_EQ(status_of(second), 409) << "one test at a time";
  world.sender.answer(answered(204), 1);
  world.settle();
  EXPECT_EQ(status_of(slot), 200);
  world.answer_with(answered(200));
  EXPECT_EQ(world.got, up_to(1));
}

TEST_F(WebhookActor, ADisabledOneCanBeTestedAndLeavesAgain) {
  world.call(hook, edit_webhook{activity(false)});
  world.settle();
  const auto slot = world.call(hook, test_webhook{});
  world.settle();
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_EQ(status(), disabled);
  world.pass(seconds{1});
  EXPECT_TRUE(world.entities().empty());
}

TEST_F(WebhookActor, ATestOfWhatIsRemovedMeanwhileIsNotFound) {
  by_hand();
  const auto slot = world.call(hook, test_webhook{});
  world.settle();
  world.call(hook, remove_webhook{});
  world.settle();
  EXPECT_EQ(status_of(slot), 404);
}

// -- redelivery ----------------------------------------------------------------------------------

TEST_F(WebhookActor, RedeliversOneWithItsIdAndBody) {
  world.tell(hook, 1);
  world.settle();
  world.pass(seconds{1});
  const auto id = delivery_id_of(hook, 1, 1, 1);
  const auto slot = world.call(hook, redeliver{id});
  world.settle();
  world.pass(seconds{1});
  EXPECT_EQ(status_of(slot), 202);
  ASSERT_EQ(world.sender.all.size(), 2U);
  EXPECT_EQ(world.sender.all[1].delivery_id, id);
  EXPECT_EQ(*world.sender.all[1].body, *world.sender.all[0].body);
  EXPECT_EQ(row(0).state, state::delivered);
  EXPECT_EQ(row(0).attempts, 1);
}

TEST_F(WebhookActor, RefusesToRedeliverWhatIsUnknownOrPending) {
  world.subscriber = [](const delivery_request&) { return answered(500); };
  world.tell(hook, 1);
  world.settle();
  const auto unknown = world.call(hook, redeliver{uuid{{9}}});
  const auto pending = world.call(hook, redeliver{delivery_id_of(hook, 1, 1, 1)});
  world.settle();
  EXPECT_EQ(status_of(unknown), 404);
  EXPECT_EQ(status_of(pending), 409);
  EXPECT_EQ(world.entities().size(), 1U) << "a delivery that is not found is not the subscription";
}

}  // namespace
}  // namespace omnistream::test
