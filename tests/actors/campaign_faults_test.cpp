#include "tests/actors/campaign_actor_fixture.hpp"

namespace omnistream::test {
namespace {

using enum campaign_status;
using fault = fake_campaign_store::fault;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

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

}  // namespace
}  // namespace omnistream::test
