#include <gmock/gmock.h>

#include "tests/actors/live_hub_world.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(LiveHub, TellsWhoIsThereWhatTheySee) {
  const auto to_siti = join(siti, "siti");
  const auto to_budi = join(budi, "budi");
  const auto to_other = join(budi, "admin", "", other);
  for (const auto& one : {to_siti, to_budi, to_other})
    EXPECT_THAT(one->told(), ElementsAre("ready"));
  happen("message.one", siti);
  happen("message.two");
  EXPECT_THAT(to_siti->told(), ElementsAre("message.one", "message.two"));
  EXPECT_EQ(to_siti->position, "1:3:");
  EXPECT_THAT(to_budi->told(), ElementsAre("message.two"));
  EXPECT_THAT(to_other->told(), IsEmpty());
}

TEST_F(LiveHub, ReadsOnceForAllAndNotMoreOftenThanItsPause) {
  const auto one = join(siti, "siti");
  const auto two = join(budi, "budi");
  pass(100ms);
  const auto before = store.calls["read"];
  for (int i = 0; i < 10; ++i) {
    commit("message.received");
    say();
    settle();
  }
  EXPECT_EQ(store.calls["read"], before + 1);
  pass(20ms);
  EXPECT_EQ(store.calls["read"], before + 2);
  EXPECT_EQ(one->told().size(), 11U);
  EXPECT_EQ(two->told().size(), 11U);
}

TEST_F(LiveHub, PassesNothingOverThatIsCommittedDuringARead) {
  const auto client = join(siti, "siti");
  pass(100ms);
  commit("message.one");
  say();
  store.run_job();  // it has seen one
  commit("message.two");
  say();
  settle();
  pass(20ms);
  EXPECT_THAT(client->told(), ElementsAre("ready", "message.one", "message.two"));
}

TEST_F(LiveHub, TellsWhatWasMissedToWhomItWasAndNothingTwice) {
  const auto there = join(budi, "budi");
  happen("message.one");
  const auto gone = join(siti, "siti", "1:2:");
  EXPECT_THAT(gone->told(), ElementsAre("ready", ":"));
  leave(gone);
  commit("message.two");  // nobody hears of it yet
  const auto back = join(siti, "siti", "1:1:");
  EXPECT_THAT(back->told(), ElementsAre("ready", "message.one", "message.two"));
  EXPECT_THAT(there->told(), ElementsAre("ready", "message.one", "message.two"));
  say();
  settle();
  pass(20ms);
  happen("message.three");
  EXPECT_THAT(back->told(), ElementsAre("message.three"));
  EXPECT_THAT(there->told(), ElementsAre("message.three"));
}

TEST_F(LiveHub, DoesNotLetAWrongPositionTakeAnythingFromOthers) {
  const auto there = join(budi, "budi");
  commit("message.one");
  commit("message.two");
  const auto liar = join(siti, "siti", "1:3:");  // claims to know both
  EXPECT_THAT(liar->told(), ElementsAre("ready", ":"));
  EXPECT_THAT(there->told(), ElementsAre("ready", "message.one", "message.two"));
}

TEST_F(LiveHub, SaysWhenSomethingIsLost) {
  happen("message.one");
  store.forgotten = 1;
  EXPECT_THAT(join(siti, "siti", "1:1:")->told(), ElementsAre("reset {\"reason\":\"too_old\"}"));
  EXPECT_THAT(join(siti, "siti", "nonsense")->told(),
              ElementsAre("reset {\"reason\":\"unknown_position\"}"));
  const auto there = join(budi, "budi");
  EXPECT_THAT(there->told(), ElementsAre("ready"));
  store.at_once_max = 2;
  for (int i = 0; i < 3; ++i) commit("message.many");
  EXPECT_THAT(join(budi, "budi", "1:2:")->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_THAT(there->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_EQ(there->position, "1:5:");
}

TEST_F(LiveHub, ResetsOnlyWhoIsMissingTooMuch) {
  for (int i = 0; i < 3; ++i) commit("message.old");
  const auto there = join(budi, "budi");
  EXPECT_THAT(there->told(), ElementsAre("ready"));
  store.at_once_max = 3;
  commit("message.new");  // nobody hears of it yet
  const auto back = join(siti, "siti", "1:1:");
  EXPECT_THAT(back->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_THAT(there->told(), ElementsAre("message.new"));
  EXPECT_EQ(back->position, there->position);
  happen("message.next");
  EXPECT_THAT(back->told(), ElementsAre("message.next"));
  EXPECT_THAT(there->told(), ElementsAre("message.next"));
}

TEST_F(LiveHub, TellsNoMoreAtOnceThanHalfABuffer) {
  const auto to_siti = join(siti, "siti");
  const auto to_budi = join(budi, "budi");
  to_siti->told();
  to_budi->told();
  commit("message.small");
  for (int i = 0; i < 3; ++i) {
    commit("message.large", siti);
    store.rows.back().what.data = '"' + std::string(12'000, 'x') + '"';
  }
  say();
  settle();
  pass(20ms);
  EXPECT_THAT(to_siti->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_EQ(to_siti->position, "1:5:");
  EXPECT_THAT(to_budi->told(), ElementsAre("message.small"));
  EXPECT_THAT(join(siti, "siti", "1:1:")->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
}

TEST_F(LiveHub, RefusesWhoIsNobodyAndWhatIsTooMuch) {
  EXPECT_EQ(join(siti, "wrong")->refused, "unauthenticated");
  const auto one = join(siti, "siti");
  const auto two = join(siti, "siti");
  EXPECT_EQ(join(siti, "siti")->refused, "too_many_streams");
  leave(one);
  EXPECT_TRUE(join(siti, "siti")->accepted);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(join(budi, "budi")->accepted);
  EXPECT_TRUE(join(uuid{{0x13}}, "admin")->accepted);
  EXPECT_EQ(join(uuid{{0x14}}, "admin")->refused, "too_many_streams");
}

TEST_F(LiveHub, SaysSoWhenTheDatabaseIsAwayAndGoesOnWhenItIsBack) {
  const auto there = join(budi, "budi");
  there->told();
  store.faults = [](const std::string&) { return fake_jobs::fault::away; };
  EXPECT_EQ(join(siti, "siti", "1:1:")->refused, "database_away");
  commit("message.one");
  say();
  settle();
  pass(100ms);
  EXPECT_THAT(there->told(), IsEmpty());
  store.faults = nullptr;
  pass(1s);
  EXPECT_THAT(there->told(), ElementsAre("message.one"));
}

TEST_F(LiveHub, ChecksRightsNowAndThenAndWhenAsked) {
  const auto to_siti = join(siti, "siti");
  const auto to_budi = join(budi, "budi");
  to_siti->told();
  to_budi->told();
  store.keys.erase("siti");
  store.keys["budi"].divisions = {uuid{{0x30}}};
  caf::anon_send(hub, check_rights{});
  settle();
  EXPECT_THAT(to_siti->told(), ElementsAre("end {\"reason\":\"signed_out\"}"));
  EXPECT_TRUE(to_siti->ended);
  EXPECT_THAT(to_budi->told(), ElementsAre("reset {\"reason\":\"rights_changed\"}"));
  happen("message.one", uuid{{0x30}});
  EXPECT_THAT(to_budi->told(), ElementsAre("message.one"));
  store.keys.erase("budi");
  pass(5s);
  EXPECT_TRUE(to_budi->ended);
  EXPECT_EQ(feeds(), 0U);
}

TEST_F(LiveHub, BeatsAndLooksForWhatItDidNotHearOf) {
  const auto client = join(siti, "siti");
  client->told();
  commit("message.unheard");
  pass(15s);
  EXPECT_THAT(client->told(), ElementsAre(":", "message.unheard"));
  pass(15s);
  EXPECT_THAT(client->told(), ElementsAre(":"));
  EXPECT_EQ(client->position, "1:2:");
}

TEST_F(LiveHub, TellsProgressToWhomItConcernsAndOnlyWhatMoved) {
  store.campaigns = {{tenant, uuid{{0x50}}, "{\"sent\":1}"},
                     {tenant, uuid{{0x51}}, "{\"sent\":9}"}};
  const auto admin = join(budi, "admin");
  const auto agent = join(siti, "siti");
  admin->told();
  agent->told();
  pass(1s);
  EXPECT_THAT(admin->told(), ElementsAre("campaign.progress", "campaign.progress"));
  pass(1s);
  EXPECT_THAT(admin->told(), IsEmpty());
  store.campaigns[0].data = "{\"sent\":2}";
  const auto late = join(uuid{{0x13}}, "admin");
  pass(1s);
  EXPECT_THAT(admin->told(), ElementsAre("campaign.progress"));
  EXPECT_THAT(late->told(), ElementsAre("ready", "campaign.progress", "campaign.progress"));
  EXPECT_THAT(agent->told(), IsEmpty());
}

TEST_F(LiveHub, AsksNobodyAnythingWhenNobodyIsThere) {
  leave(join(siti, "siti"));
  EXPECT_EQ(feeds(), 0U);
  const auto reads = store.calls["read"];
  const auto rights = store.calls["rights"];
  happen("message.one");
  pass(60s);
  EXPECT_EQ(store.calls["read"], reads);
  EXPECT_EQ(store.calls["rights"], rights);
  EXPECT_EQ(store.calls["progress"], 0);
}

TEST_F(LiveHub, EndsAllAtADrain) {
  const auto there = join(siti, "siti");
  const auto coming = begin(budi, "budi");
  caf::anon_send(hub, drain{});
  settle();
  EXPECT_TRUE(there->ended);
  EXPECT_EQ(coming->refused, "shutting_down");
  EXPECT_EQ(join(siti, "siti")->refused, "shutting_down");
}

TEST_F(LiveHub, ForgetsWhoLeavesBeforeItIsLetIn) {
  const auto client = begin(siti, "siti");
  caf::anon_send(hub, stream_gone{client});
  settle();
  EXPECT_FALSE(client->accepted);
  EXPECT_EQ(feeds(), 0U);
}

TEST_F(LiveHub, ForgetsUpToWhereItsLastRoundEnded) {
  EXPECT_THAT(store.forgotten_up_to, ElementsAre("")) << "it has just begun";
  commit("message.one");
  store.more_to_forget = 1;
  pass(30s);
  commit("message.two");
  pass(100ms);
  EXPECT_THAT(store.forgotten_up_to, ElementsAre("", "1:1:", "1:1:")) << "one round";
  store.faults = [](const std::string&) { return fake_jobs::fault::away; };
  pass(30s);
  store.faults = nullptr;
  pass(30s);
  EXPECT_EQ(store.forgotten_up_to.back(), "1:3:");
}

TEST_F(LiveHub, KeepsTheAddressOfWhomItReadsFor) {
  auto client = begin(siti, "siti", "1:1:");
  store.finish_all();  // the rights
  run();
  ASSERT_EQ(store.calls["read"], 1);
  caf::anon_send(hub, stream_gone{client});
  const std::weak_ptr<fake_client> left = client;
  client.reset();
  run();
  EXPECT_FALSE(left.expired());  // or another tenant's would be taken for it
  settle();
  EXPECT_TRUE(left.expired());
  EXPECT_EQ(feeds(), 0U);
}

}  // namespace
}  // namespace omnistream::test
