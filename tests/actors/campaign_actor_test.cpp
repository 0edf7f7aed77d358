#include "tests/actors/campaign_actor_fixture.hpp"

namespace omnistream::test {
namespace {

using enum campaign_status;
using fault = fake_campaign_store::fault;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(CampaignActor, SendsToAllAndCompletes) {
  begin();
  EXPECT_EQ(world.desk->waiting[one].size(), 10U);
  EXPECT_EQ(status_of(sent), 0) << "answered before the campaign ended";
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.with_status(one, 2), 10);
  EXPECT_EQ(world.data(one).settled, 10);
  ASSERT_EQ(status_of(sent), 200);
  EXPECT_EQ(json_of(sent)["sent"], 10);
  EXPECT_EQ(json_of(sent)["failed"], 0);
  EXPECT_EQ(json_of(sent)["total_recipients"], 10);
}

TEST_F(CampaignActor, ClaimsNoMoreThanItsWindow) {
  begin(1'000);
  EXPECT_EQ(world.desk->waiting[one].size(), 20U) << "a quarter of a second at 80/s";
  EXPECT_EQ(world.data(one).claimed, 20);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.data(one).claimed, 1'000);
}

TEST(CampaignRecording, OutcomesWaitForCompany) {
  campaign_options options;
  options.record_linger = milliseconds{20};
  campaign_world world(options);
  world.add(one, 10);
  const auto sent = world.send(one);
  world.settle();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(world.answer_next(one, accepted()));
    world.settle();
    world.advance(milliseconds{4});
    world.settle();
  }
  EXPECT_EQ(world.with_status(one, 2), 0) << "16 ms";
  world.pass(milliseconds{5}, milliseconds{1});
  EXPECT_EQ(world.with_status(one, 2), 4);
  while (world.answer_next(one, accepted())) world.settle();
  world.pass(milliseconds{30}, milliseconds{1});
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, MessagesNameTheirRecipient) {
  begin(2);
  const auto& item = world.desk->waiting[one].front();
  const auto body = nlohmann::json::parse(item.body);
  EXPECT_EQ(body["biz_opaque_callback_data"], recipient_id(one, 1).to_string());
}

TEST_F(CampaignActor, FailsWhenNobodyCouldBeSentTo) {
  begin(3);
  world.answer_all(one, rejected(131026));
  EXPECT_EQ(world.status(one), failed);
  EXPECT_EQ(world.with_status(one, 5), 3);
  EXPECT_EQ(json_of(sent)["failed"], 3);
}

TEST_F(CampaignActor, RecipientsThatCannotBeRenderedFail) {
  world.add(one, 5'000).components = R"([{"type":"BODY","text":"Hello {{1}}"}])";
  sent = world.send(one);
  world.settle();
  EXPECT_EQ(world.desk->offers, 0);
  EXPECT_EQ(world.status(one), failed);
  EXPECT_EQ(world.with_status(one, 5), 5'000);
  EXPECT_FALSE(world.data(one).rows[0].error_message.empty());
}

TEST_F(CampaignActor, RefusesWhatTheMachineRefuses) {
  world.add(one, 0);
  EXPECT_EQ((sent = world.send(one), world.settle(), status_of(sent)), 409);
  EXPECT_EQ(sent->value().error().code, "no_recipients");
  EXPECT_EQ(world.status(one), draft);
}

TEST_F(CampaignActor, AnotherTenantFindsNothing) {
  world.add(one, 3);
  for (const command& what : std::initializer_list<command>{
           edit_campaign{}, remove_campaign{},
           add_recipients{std::make_shared<recipients_to_add>()}, clear_recipients{},
           send_campaign{world.now}, cancel_campaign{}}) {
    const auto slot = world.call(one, what, uuid({2}));
    world.settle();
    EXPECT_EQ(status_of(slot), 404);
  }
  EXPECT_EQ(world.status(one), draft);
  EXPECT_EQ(world.data(one).rows.size(), 3U);
}

TEST_F(CampaignActor, KnowsNoCommandsOfWebhooks) {
  world.add(one, 3);
  const auto slot = world.call(one, test_webhook{});
  world.settle();
  EXPECT_EQ(status_of(slot), 404);
}

TEST_F(CampaignActor, WhatDoesNotExistIsNotFoundAndNotKept) {
  const auto slot = world.send(one);
  world.settle();
  EXPECT_EQ(status_of(slot), 404);
  EXPECT_TRUE(entities().empty());
}

TEST_F(CampaignActor, ADeletedCampaignIsNotFound) {
  world.add(one, 3);
  const auto removed = world.call(one, remove_campaign{});
  const auto behind = world.send(one);
  const auto last = world.call(one, edit_campaign{});
  world.settle();
  EXPECT_EQ(status_of(removed), 200);
  EXPECT_EQ(status_of(behind), 404);
  EXPECT_EQ(status_of(last), 404);
  const auto later = world.send(one);
  world.settle();
  EXPECT_EQ(status_of(later), 404);
}

TEST_F(CampaignActor, DeletedBehindItsBack) {
  world.add(one, 3);
  const auto known = world.call(one, edit_campaign{});
  world.settle();
  ASSERT_EQ(status_of(known), 200);
  world.data(one).exists = false;
  const auto slot = world.send(one);
  world.settle();
  EXPECT_EQ(status_of(slot), 404);
}

TEST_F(CampaignActor, CarriesOutCommandsInTheirOrder) {
  world.add(one, 0);
  auto three = std::make_shared<recipients_to_add>();
  three->numbers.resize(3);
  std::vector<campaign_world::answer_slot> slots;
  for (int round = 0; round < 200; ++round) {
    slots.push_back(world.call(one, add_recipients{three}));
    slots.push_back(world.call(one, clear_recipients{}));
  }
  slots.push_back(world.call(one, add_recipients{three}));
  slots.push_back(world.send(one));
  slots.push_back(world.call(one, clear_recipients{}));
  slots.push_back(world.call(one, cancel_campaign{}));
  slots.push_back(world.call(one, cancel_campaign{}));
  world.settle();
  for (std::size_t i = 0; i < 401; ++i) {
    ASSERT_EQ(status_of(slots[i]), 200);
    EXPECT_EQ(json_of(slots[i])[i % 2 == 0 ? "added" : "deleted"], 3);
  }
  EXPECT_EQ(status_of(slots[401]), 200) << "a waiting sender is answered by the cancellation";
  EXPECT_EQ(status_of(slots[402]), 409) << "it was sending by then";
  EXPECT_EQ(json_of(slots[403])["cancelled_recipients"], 3);
  EXPECT_EQ(status_of(slots[404]), 409);
}

TEST_F(CampaignActor, ManyRefusedCommandsNeedNoStack) {
  world.add(one, 3, completed);
  std::vector<campaign_world::answer_slot> slots;
  for (int i = 0; i < 100'000; ++i) slots.push_back(world.call(one, cancel_campaign{}));
  world.settle();
  for (const auto& slot : slots) ASSERT_EQ(status_of(slot), 409);
}

// -- cancelling
// ------------------------------------------------------------------------------------

TEST_F(CampaignActor, CancelTakesBackWhatIsNotSent) {
  begin(100);
  const auto in_flight = world.desk->waiting[one].front();
  world.desk->waiting[one].pop_front();
  ASSERT_TRUE(world.answer_next(one, accepted()));
  ASSERT_TRUE(world.answer_next(one, rejected(130429)));
  world.settle();
  const auto slot = world.call(one, cancel_campaign{});
  world.settle();
  EXPECT_EQ(world.status(one), cancelled);
  // One is sent, one in flight; the one that was to be tried again is cancelled like all others.
  EXPECT_EQ(json_of(slot)["cancelled_recipients"], 98);
  EXPECT_EQ(status_of(sent), 200);
  EXPECT_TRUE(world.data(one).holds.empty());
  world.report(one, in_flight, accepted());
  world.settle();
  EXPECT_EQ(world.with_status(one, 2), 2) << "what was in flight is recorded";
  EXPECT_EQ(fake_campaign_store::count(world.data(one)).cancelled, 98);
  world.pass(minutes{2});
  EXPECT_TRUE(world.desk->waiting[one].empty());
}

TEST_F(CampaignActor, ALateRefusalAfterACancelIsNotTriedAgain) {
  begin(5);
  const auto in_flight = world.desk->waiting[one].front();
  world.desk->waiting[one].pop_front();
  world.call(one, cancel_campaign{});
  world.settle();
  world.report(one, in_flight, rejected(130429));
  world.settle();
  world.pass(minutes{2});
  EXPECT_EQ(fake_campaign_store::count(world.data(one)).cancelled, 5);
  EXPECT_TRUE(world.data(one).holds.empty());
}

/// The refusal waits for a database that is away, and is recorded only after the cancellation.
TEST_F(CampaignActor, ARetryRecordedAfterACancelIsCancelled) {
  begin(5);
  fail("record", 1, fault::away);
  ASSERT_TRUE(world.answer_next(one, rejected(130429)));
  world.settle();
  ASSERT_EQ(faults_met, 1);
  world.call(one, cancel_campaign{});
  world.settle();
  world.pass(minutes{1});
  EXPECT_EQ(fake_campaign_store::count(world.data(one)).cancelled, 5);
  EXPECT_TRUE(world.data(one).holds.empty());
}

/// While an outcome is not committed, a cancellation must not move the settled cursor over it:
/// after a crash nobody would know of it any more.
TEST_F(CampaignActor, ACancelDoesNotSettleWhatIsNotRecorded) {
  begin(5);
  fail("record", 1'000, fault::away);
  ASSERT_TRUE(world.answer_next(one, accepted()));
  world.settle();
  ASSERT_GE(faults_met, 1);
  const auto slot = world.call(one, cancel_campaign{});
  world.settle();
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(world.data(one).settled, 0);
  world.stop();
  world.store.faults = nullptr;
  world.start();
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.data(one).rows[0].status, 1) << "handed to Meta, outcome unknown: uncertain";
  EXPECT_EQ(world.data(one).settled, 5);
}

/// The same right after a crash, before those in flight at its time are marked as uncertain.
TEST_F(CampaignActor, ACancelBeforeTheRecoverySettlesNothing) {
  begin(100);
  world.stop();
  world.start();
  fail("recover", 2, fault::away);
  const auto slot = world.call(one, cancel_campaign{});
  world.settle();
  world.pass(seconds{3});
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(json_of(slot)["cancelled_recipients"], 80);
  EXPECT_EQ(world.with_status(one, 1), 20);
}

TEST_F(CampaignActor, ACancelOfUncertainCommitCanBeRepeated) {
  begin(100);
  for (const auto how : {fault::away, fault::in_doubt}) {
    fail("cancel", 1, how);
    const auto slot = world.call(one, cancel_campaign{});
    world.settle();
    EXPECT_EQ(status_of(slot), 503);
  }
  const auto again = world.call(one, cancel_campaign{});
  world.settle();
  world.pass(seconds{2});
  EXPECT_TRUE(status_of(again) == 200 || status_of(again) == 409);
  EXPECT_EQ(world.status(one), cancelled);
  EXPECT_EQ(fake_campaign_store::count(world.data(one)).cancelled, 100);
  EXPECT_TRUE(world.desk->waiting[one].empty());
}

TEST_F(CampaignActor, CancelWaitsForAClaimWhoseAnswerGotLost) {
  world.add(one, 100);
  fail("claim", 1, fault::in_doubt);
  sent = world.send(one);
  world.settle();
  ASSERT_EQ(world.data(one).claimed, 20);
  const auto slot = world.call(one, cancel_campaign{});
  world.settle();
  world.pass(seconds{1});
  ASSERT_EQ(status_of(slot), 200);
  EXPECT_EQ(json_of(slot)["cancelled_recipients"], 100) << "nobody was sent to";
}

TEST_F(CampaignActor, CancelsADraftAndAScheduledOne) {
  world.add(one, 7);
  const auto slot = world.call(one, cancel_campaign{});
  world.settle();
  EXPECT_EQ(json_of(slot)["cancelled_recipients"], 7);
  const uuid two{{0xc2}};
  world.add(two, 8, scheduled).state.scheduled_at = world.now + minutes{1};
  const auto other = world.call(two, cancel_campaign{});
  world.settle();
  EXPECT_EQ(json_of(other)["cancelled_recipients"], 8);
  world.pass(minutes{2});
  EXPECT_EQ(world.desk->offers, 0);
}

// -- draining
// --------------------------------------------------------------------------------------

class CampaignActorDrain : public CampaignActor {
 protected:
  void drain_all() {
    self.emplace(world.system, true);
    (*self)->request(world.registry, caf::infinite, drain{});
  }
  /// Whether the registry has said that all have ended.
  bool drained() { return entities().empty(); }
  std::optional<caf::scoped_actor> self;
};

TEST_F(CampaignActorDrain, LeavesNothingUnrecorded) {
  begin(100);
  const auto first = world.desk->waiting[one].front();
  world.desk->waiting[one].pop_front();
  const auto second = world.desk->waiting[one].front();
  world.desk->waiting[one].pop_front();
  drain_all();
  world.settle();
  EXPECT_EQ(status_of(sent), 200) << "waiting senders are answered";
  EXPECT_FALSE(drained()) << "two are in flight";
  const auto refused = world.call(one, cancel_campaign{});
  world.settle();
  EXPECT_EQ(status_of(refused), 503);
  world.report(one, first, accepted());
  world.settle();
  world.report(one, second, uncertain());
  world.settle();
  EXPECT_TRUE(drained());
  EXPECT_EQ(world.with_status(one, 2), 1);
  EXPECT_EQ(world.with_status(one, 1), 1);
  EXPECT_EQ(world.data(one).settled, world.data(one).claimed)
      << "a clean end leaves none uncertain";
  self.reset();
  world.stop();
  world.start();
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.with_status(one, 1), 1);
  world.pass(seconds{2});
  world.answer_all(one, accepted());
  EXPECT_EQ(world.with_status(one, 2), 99);
}

TEST_F(CampaignActorDrain, WaitsForADatabaseThatComesBack) {
  begin(10);
  fail("record", 3, fault::away);
  drain_all();
  world.settle();
  EXPECT_FALSE(drained());
  world.pass(seconds{5});
  EXPECT_TRUE(drained());
  EXPECT_EQ(world.data(one).holds.size(), 10U);
}

TEST_F(CampaignActorDrain, ADrainDuringTheLoadEnds) {
  world.add(one, 10, sending);
  world.wake_up(one);
  world.run();
  drain_all();
  world.settle();
  world.pass(seconds{1});
  EXPECT_TRUE(drained());
  EXPECT_EQ(world.desk->offers, 0);
}

}  // namespace
}  // namespace omnistream::test
