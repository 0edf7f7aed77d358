#include "tests/actors/campaign_actor_fixture.hpp"

namespace omnistream::test {
namespace {

using enum campaign_status;
using fault = fake_campaign_store::fault;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

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

}  // namespace
}  // namespace omnistream::test
