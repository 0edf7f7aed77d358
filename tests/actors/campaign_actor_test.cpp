#include "actors/campaign/campaign_actor.hpp"

#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using enum campaign_status;
using fault = fake_campaign_store::fault;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const uuid one{{0xc1}};

class CampaignActor : public ::testing::Test {
 protected:
  /// A campaign that is being sent, its first window at the dispatcher.
  void begin(int recipients = 10) {
    world.add(one, recipients);
    sent = world.send(one);
    world.settle();
    ASSERT_EQ(world.status(one), sending);
  }
  /// Each of these calls fails so often.
  void fail(const std::string& operation, int times, fault how) {
    world.store.faults = [this, operation, times, how,
                          failed = 0](const std::string& what) mutable {
      if (what != operation || failed == times) return fault::none;
      ++failed;
      ++faults_met;
      return how;
    };
  }
  std::map<entity_address, registry_state::living>& entities() {
    return dynamic_cast<registry_state::pointer>(
               caf::actor_cast<caf::abstract_actor*>(world.registry))
        ->state.entities;
  }

  campaign_world world;
  campaign_world::answer_slot sent;
  int faults_met = 0;
};

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

// -- pausing
// ---------------------------------------------------------------------------------------

TEST_F(CampaignActor, ATokenErrorPausesTheAccount) {
  begin(100);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(world.answer_next(one, rejected(190)));
  world.settle();
  EXPECT_EQ(world.store.account_pauses.size(), 1U) << "one word is enough";
  ASSERT_TRUE(world.data(one).state.paused);
  EXPECT_EQ(world.data(one).state.paused->code, "account_refused");
  EXPECT_TRUE(world.desk->waiting[one].empty()) << "taken back";
  EXPECT_EQ(status_of(sent), 200) << "a sender does not wait for a paused campaign";
  const auto offers = world.desk->offers;
  world.pass(minutes{3});
  EXPECT_EQ(world.desk->offers, offers);
  const auto refused = world.send(one);
  world.settle();
  EXPECT_EQ(status_of(refused), 409);
  // The account is put in order: the campaign is woken and goes on by itself.
  world.data(one).state.cannot_send.reset();
  world.wake_up(one);
  world.settle();
  world.pass(seconds{2});
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.with_status(one, 2), 100);
}

TEST_F(CampaignActor, ATemplateErrorPausesTheCampaignUntilAPersonResumes) {
  begin(100);
  ASSERT_TRUE(world.answer_next(one, rejected(132015)));
  world.settle();
  ASSERT_TRUE(world.data(one).state.paused);
  EXPECT_EQ(world.data(one).state.paused->code, template_refused);
  EXPECT_TRUE(world.store.account_pauses.empty());
  world.wake_up(one);
  world.settle();
  world.pass(minutes{3});
  EXPECT_TRUE(world.data(one).state.paused) << "looking again is no reason to go on";
  const auto resumed = world.send(one);
  world.settle();
  world.pass(seconds{2});
  EXPECT_FALSE(world.data(one).state.paused);
  world.answer_all(one, accepted());
  EXPECT_EQ(status_of(resumed), 200);
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.with_status(one, 2), 100);
}

TEST_F(CampaignActor, AMismatchPausesOnlyWhenNobodyWasSent) {
  begin(10);
  ASSERT_TRUE(world.answer_next(one, rejected(132000)));
  world.settle();
  EXPECT_TRUE(world.data(one).state.paused);
  world.send(one);
  world.settle();
  world.pass(seconds{2});
  ASSERT_TRUE(world.answer_next(one, accepted()));
  world.settle();
  ASSERT_TRUE(world.answer_next(one, rejected(132000)));
  world.settle();
  EXPECT_FALSE(world.data(one).state.paused);
  EXPECT_EQ(world.with_status(one, 5), 1);
}

TEST_F(CampaignActor, TheTemplatesStatusPausesAndResumes) {
  begin(100);
  world.data(one).state.cannot_send = pause{"template_not_approved", "PAUSED at Meta."};
  world.wake_up(one);
  world.settle();
  EXPECT_TRUE(world.desk->waiting[one].empty());
  EXPECT_EQ(world.data(one).state.paused->code, "template_not_approved");
  world.data(one).state.cannot_send.reset();
  world.wake_up(one);
  world.settle();
  world.pass(seconds{2});
  EXPECT_FALSE(world.data(one).state.paused);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, APauseThatAWebhookCommittedStopsIt) {
  begin(100);
  EXPECT_FALSE(world.desk->waiting[one].empty());
  world.data(one).state.paused = pause{template_refused, "The template is paused."};
  world.wake_up(one);
  world.settle();
  ASSERT_EQ(status_of(sent), 200) << "whoever waits is told";
  EXPECT_NE(json_of(sent)["message"].get<std::string>().find("paused"), std::string::npos);
  EXPECT_TRUE(world.desk->waiting[one].empty()) << "taken back";
  world.pass(minutes{1});
  EXPECT_TRUE(world.desk->waiting[one].empty());
  EXPECT_EQ(world.data(one).state.paused->code, template_refused);
  sent = world.send(one);
  world.answer_all(one, accepted());
  world.pass(seconds{5});
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.with_status(one, 2), 100);
}

TEST_F(CampaignActor, ResumedBeforeTheWithdrawalIsBack) {
  begin(100);
  world.desk->holds_withdrawals = true;
  ASSERT_TRUE(world.answer_next(one, rejected(132015)));
  world.settle();
  ASSERT_EQ(world.desk->held.size(), 1U);
  world.send(one);
  world.settle();
  world.desk->holds_withdrawals = false;
  world.desk->give_back(one, true);
  world.settle();
  world.pass(seconds{3});
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

/// A message left with the old token; its refusal comes when the account has a new one.
class ALateTokenRefusal : public CampaignActor {
 protected:
  void SetUp() override {
    begin(100);
    old_ = world.data(one).account;
    late_ = world.desk->waiting[one].front();
    world.desk->waiting[one].pop_front();
    auto mended = std::make_shared<sending_account>(*old_);
    mended->sealed_token = "another";
    world.data(one).account = mended;
  }
  void refusal_comes() { world.report(one, late_, rejected(190), old_); }
  void expect_unharmed() {
    world.settle();
    EXPECT_TRUE(world.store.account_pauses.empty());
    EXPECT_FALSE(world.data(one).state.paused);
    world.pass(seconds{2});
    world.answer_all(one, accepted());
    EXPECT_EQ(world.status(one), completed);
    EXPECT_EQ(world.with_status(one, 2), 100);
  }

  account_ptr old_;
  send_item late_;
};

TEST_F(ALateTokenRefusal, PausesNobodyOnceTheCampaignKnowsTheNewToken) {
  world.wake_up(one);
  world.settle();
  refusal_comes();
  expect_unharmed();
}

TEST_F(ALateTokenRefusal, PausesNobodyWhileTheCampaignLearnsOfIt) {
  world.wake_up(one);
  world.run();
  ASSERT_EQ(world.store.jobs(), 1U) << "the load";
  refusal_comes();
  world.run();
  expect_unharmed();
}

TEST_F(ALateTokenRefusal, IsUndoneByTheNewsOfTheNewToken) {
  refusal_comes();
  world.settle();
  world.wake_up(one);
  expect_unharmed();
}

/// Two changes shortly after one another: the second must not be lost while the first is looked at.
TEST_F(CampaignActor, AChangeDuringALoadIsSeen) {
  begin(100);
  world.data(one).state.cannot_send = pause{"account_refused", "Token."};
  world.wake_up(one);
  world.run();
  ASSERT_EQ(world.store.jobs(), 1U);
  world.store.run_job();
  world.data(one).state.cannot_send.reset();
  world.wake_up(one);
  world.run();
  world.settle();
  world.pass(seconds{2});
  EXPECT_FALSE(world.data(one).state.paused);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

// -- the database is away
// --------------------------------------------------------------------------

struct failing {
  const char* operation;
  fault how;
  friend void PrintTo(const failing& each, std::ostream* to) { *to << each.operation; }
};
class CampaignActorStoreFails : public CampaignActor,
                                public ::testing::WithParamInterface<failing> {};

TEST_P(CampaignActorStoreFails, NothingIsLostAndNobodyOfferedTwice) {
  std::map<int, int> offered;
  world.desk->on_offer = [&](const offer& from) {
    for (const auto& item : *from.items) ++offered[item.seq];
  };
  world.add(one, 200);
  fail(GetParam().operation, 3, GetParam().how);
  for (int i = 0; i < 10 && world.status(one) == draft; ++i) {
    sent = world.send(one);
    world.settle();
    world.pass(seconds{1});
  }
  for (int i = 0; i < 400 && world.status(one) == sending; ++i) {
    world.answer_all(one, accepted());
    world.pass(seconds{1});
  }
  EXPECT_GE(faults_met, 2);
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.with_status(one, 2), 200);
  EXPECT_EQ(world.data(one).settled, 200);
  for (const auto& [seq, times] : offered) EXPECT_EQ(times, 1) << seq;
  EXPECT_FALSE(world.store.twice_in_a_record);
}

INSTANTIATE_TEST_SUITE_P(
    Operations, CampaignActorStoreFails,
    ::testing::Values(failing{"load", fault::away}, failing{"set_status", fault::away},
                      failing{"set_status", fault::in_doubt}, failing{"claim", fault::away},
                      failing{"claim", fault::in_doubt}, failing{"record", fault::away},
                      failing{"record", fault::in_doubt}),
    [](const auto& one_of) {
      return std::string(one_of.param.operation) +
             (one_of.param.how == fault::away ? "_away" : "_in_doubt");
    });

TEST_F(CampaignActor, TheLastCommitMayFail) {
  begin(3);
  fail("set_status", 2, fault::away);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), sending);
  world.pass(seconds{3});
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, AFailedEditDoesNotBlockTheCampaign) {
  world.add(one, 3);
  ASSERT_EQ((sent = world.call(one, edit_campaign{}), world.settle(), status_of(sent)), 200);
  fail("load", 1, fault::away);
  const auto edited = world.call(one, edit_campaign{});
  world.settle();
  EXPECT_EQ(status_of(edited), 200) << "the edit was committed";
  const auto next = world.call(one, edit_campaign{});
  world.settle();
  EXPECT_EQ(status_of(next), 200);
}

TEST_F(CampaignActor, WhileTheDatabaseIsAwayCallsGet503) {
  world.add(one, 3);
  fail("load", 3, fault::away);
  const auto slot = world.send(one);
  world.settle();
  EXPECT_EQ(status_of(slot), 503);
  world.pass(seconds{3});
  const auto next = world.send(one);
  world.settle();
  EXPECT_EQ(world.status(one), sending);
}

/// The hold of a refused recipient was committed although the answer got lost; it was claimed again
/// meanwhile. Recording it again must not release it: it would be sent twice.
TEST_F(CampaignActor, ARepeatedRecordDoesNotReleaseWhatIsBeingSent) {
  begin(60);
  world.settle();
  fail("record", 1, fault::in_doubt);
  ASSERT_TRUE(world.answer_next(one, not_sent()));
  world.run();
  ASSERT_EQ(world.store.jobs(), 1U);
  world.store.run_job();  // committed; its answer is on the way, and will be a lost one
  world.now += seconds{2};
  for (int i = 0; i < 20; ++i) world.answer_next(one, accepted());
  world.run();
  world.settle();
  std::map<int, int> out;
  for (int i = 0; i < 20; ++i) {
    world.pass(milliseconds{500});
    out.clear();
    for (const auto& item : world.desk->waiting[one]) EXPECT_EQ(++out[item.seq], 1) << item.seq;
  }
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

// -- time
// ------------------------------------------------------------------------------------------

TEST_F(CampaignActor, UncertainOnesAreGivenUpAfterTheTimeOut) {
  begin(3);
  world.answer_next(one, uncertain());
  world.settle();
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), sending) << "one may still be heard of";
  EXPECT_EQ(world.with_status(one, 1), 1);
  world.pass(minutes{4}, seconds{1});
  EXPECT_EQ(world.with_status(one, 1), 1);
  world.pass(minutes{2}, seconds{1});
  EXPECT_EQ(world.with_status(one, 7), 1);
  EXPECT_EQ(world.status(one), completed);
  EXPECT_EQ(world.with_status(one, 2), 2);
}

TEST_F(CampaignActor, AStatusResolvesAnUncertainOne) {
  begin(1);
  world.answer_all(one, uncertain());
  EXPECT_TRUE(world.store.webhook(world.data(one), 1, 3));
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, UncertainOnesAreGivenUpAfterARestartToo) {
  begin(3);
  world.answer_next(one, accepted());
  world.settle();
  world.stop();
  world.start();
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.with_status(one, 1), 2) << "claimed and never heard of";
  EXPECT_EQ(world.desk->offers, 0) << "never sent again by itself";
  world.pass(minutes{6}, seconds{1});
  EXPECT_EQ(world.with_status(one, 7), 2);
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, RetriesComeBackWhenDue) {
  begin(3);
  world.answer_next(one, rejected(131056));
  world.settle();
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), sending);
  EXPECT_TRUE(world.desk->waiting[one].empty());
  world.pass(milliseconds{900});
  EXPECT_TRUE(world.desk->waiting[one].empty());
  world.pass(milliseconds{300});
  ASSERT_EQ(world.desk->waiting[one].size(), 1U);
  EXPECT_TRUE(world.desk->waiting[one].front().retry);
  EXPECT_EQ(world.desk->waiting[one].front().attempt, 1);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, TomorrowsRetryOutlivesItsActor) {
  begin(2);
  world.answer_next(one, rejected(131049));
  world.settle();
  world.answer_all(one, accepted());
  world.pass(std::chrono::hours{23}, seconds{30});
  EXPECT_TRUE(world.desk->waiting[one].empty());
  world.pass(std::chrono::hours{2}, seconds{30});
  ASSERT_EQ(world.desk->waiting[one].size(), 1U);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, AScheduledCampaignStartsOnTime) {
  world.add(one, 3).state.scheduled_at = world.now + minutes{10};
  sent = world.send(one);
  world.settle();
  ASSERT_EQ(status_of(sent), 200);
  EXPECT_TRUE(json_of(sent).contains("scheduled_at"));
  EXPECT_EQ(world.status(one), scheduled);
  world.pass(minutes{9} + seconds{59});
  EXPECT_EQ(world.status(one), scheduled);
  EXPECT_TRUE(entities().empty()) << "waits without an actor";
  world.pass(seconds{2});
  EXPECT_EQ(world.status(one), sending);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
}

TEST_F(CampaignActor, AScheduledCampaignStartsAfterARestart) {
  world.add(one, 3, scheduled).state.scheduled_at = world.now + minutes{1};
  caf::anon_send(world.registry, alarm{{entity_kind::campaign, one}, world.now + minutes{1}});
  world.pass(seconds{59});
  EXPECT_EQ(world.status(one), scheduled);
  world.pass(seconds{2});
  EXPECT_EQ(world.status(one), sending);
}

TEST_F(CampaignActor, ATimeThatPassedStartsAtOnce) {
  world.add(one, 3, scheduled).state.scheduled_at = world.now - minutes{1};
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.status(one), sending);
}

TEST_F(CampaignActor, ADueCampaignThatCannotSendWaitsPaused) {
  auto& due = world.add(one, 3, scheduled);
  due.state.scheduled_at = world.now - minutes{1};
  due.state.cannot_send = pause{"no_account", "None."};
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.status(one), sending);
  EXPECT_EQ(world.data(one).state.paused->code, "no_account");
  EXPECT_EQ(world.desk->offers, 0);
}

TEST_F(CampaignActor, IsBoundToItsAccountWhenItBeginsToSend) {
  auto& due = world.add(one, 3);
  due.state.scheduled_at = world.now + minutes{1};
  sent = world.send(one);
  world.settle();
  ASSERT_EQ(world.status(one), scheduled);
  EXPECT_FALSE(world.data(one).bound_to) << "the default may change until then";
  world.data(one).state.cannot_send = pause{"account_inactive", "Off."};
  world.pass(minutes{1} + seconds{1});
  ASSERT_EQ(world.status(one), sending);
  EXPECT_FALSE(world.data(one).bound_to) << "waits for another default as well";
  world.data(one).state.cannot_send.reset();
  world.wake_up(one);
  world.settle();
  EXPECT_EQ(world.data(one).bound_to, uuid({7}));
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);

  const uuid next({0xc0, 2});
  world.add(next, 1);
  sent = world.send(next);
  world.settle();
  EXPECT_EQ(world.data(next).bound_to, uuid({7}));
}

TEST_F(CampaignActor, SendersAreAnsweredAtTheirDeadline) {
  world.add(one, 100);
  sent = world.send(one, seconds{2});
  const auto patient = world.send(one, seconds{10});
  world.settle();
  world.pass(milliseconds{1'900});
  EXPECT_EQ(status_of(sent), 0);
  world.pass(milliseconds{300});
  ASSERT_EQ(status_of(sent), 200);
  EXPECT_EQ(json_of(sent)["sent"], 0);
  EXPECT_EQ(status_of(patient), 0);
  world.answer_all(one, accepted());
  ASSERT_EQ(status_of(patient), 200);
  EXPECT_EQ(json_of(patient)["sent"], 100);
}

TEST_F(CampaignActor, PassivatesAndComesBack) {
  world.add(one, 3);
  world.call(one, edit_campaign{});
  world.settle();
  EXPECT_EQ(entities().size(), 1U);
  world.pass(seconds{70});
  EXPECT_TRUE(entities().empty());
  sent = world.send(one);
  world.settle();
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
  world.pass(seconds{70});
  EXPECT_TRUE(entities().empty());
}

TEST_F(CampaignActor, ASendingCampaignIsNotLetGo) {
  begin(3);
  world.pass(minutes{5});
  EXPECT_EQ(entities().size(), 1U);
  world.answer_all(one, accepted());
  EXPECT_EQ(world.status(one), completed);
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
