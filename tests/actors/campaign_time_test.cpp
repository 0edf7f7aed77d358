#include "tests/actors/campaign_actor_fixture.hpp"

namespace omnistream::test {
namespace {

using enum campaign_status;
using fault = fake_campaign_store::fault;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

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

TEST_F(CampaignActor, DyingBeforeAnythingMayBeSentWritesNobodyOff) {
  const auto restart = [this] {
    world.options.hold = start_hold::from(world.now);
    world.stop();
    world.start();
  };
  restart();
  world.add(one, 3);
  sent = world.send(one);
  for (int deaths = 0; deaths < 3; ++deaths) {
    world.pass(milliseconds{900});
    EXPECT_EQ(world.status(one), sending);
    EXPECT_TRUE(world.desk->waiting[one].empty());
    restart();
    world.wake_up(one);
  }
  world.pass(milliseconds{1'100});
  world.answer_all(one, accepted());
  EXPECT_EQ(world.with_status(one, 2), 3);
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

}  // namespace
}  // namespace omnistream::test
