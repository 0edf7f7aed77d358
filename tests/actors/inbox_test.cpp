#include "tests/actors/inbox_fixture.hpp"

namespace omnistream::test {
namespace {

TEST_F(Inbox, CommitsBeforeItAnswersAndAppliesInOrder) {
  start();
  const auto slot = post("a");
  post("b");
  EXPECT_EQ(status_of(slot), 0);
  settle();
  EXPECT_EQ(status_of(slot), 200);
  post("last");
  settle();
  EXPECT_EQ(store.applied, (std::vector<std::string>{"a", "b", "last"}));
  EXPECT_TRUE(store.table.empty());
  EXPECT_EQ(*woken, std::vector{uuid({9})});
}

TEST_F(Inbox, WhileOneCommitRunsTheNextGathers) {
  start();
  settle();
  for (int i = 0; i < 21; ++i) post(std::to_string(i));
  settle();
  EXPECT_EQ(store.appends, 3) << "the first alone, then tens";
  EXPECT_EQ(store.applied.size(), 21U);
  EXPECT_LE(store.biggest_batch, 10U);
}

TEST_F(Inbox, LeavesCampaignsAloneForAsLongAsItHeldThem) {
  start();
  settle();
  post("a");
  ASSERT_TRUE(run_job()) << "the commit";
  world.advance(milliseconds{80});
  ASSERT_TRUE(run_job()) << "the application took 80 ms";
  post("b");
  post("c");
  settle();
  EXPECT_EQ(store.applied, (std::vector<std::string>{"a"}));
  EXPECT_EQ(store.table.size(), 2U) << "committed all the same";
  world.advance(milliseconds{79});
  settle();
  EXPECT_EQ(store.applies, 1);
  world.advance(milliseconds{1});
  settle();
  EXPECT_EQ(store.applies, 2) << "b and c together";
  EXPECT_EQ(store.applied.size(), 3U);
}

TEST_F(Inbox, DoesNotLetPeopleWaitForCampaigns) {
  start();
  settle();
  post("message 1");
  ASSERT_TRUE(run_job()) << "the commit";
  world.advance(milliseconds{80});
  ASSERT_TRUE(run_job()) << "the application took 80 ms";
  post("message 2");
  settle();
  EXPECT_EQ(store.applied, (std::vector<std::string>{"message 1", "message 2"}));
}

TEST_F(Inbox, RestsNoMoreWhenTheServerStops) {
  start();
  settle();
  post("a");
  run_job();
  world.advance(milliseconds{80});
  run_job();
  post("b");
  settle();
  ASSERT_EQ(store.applied.size(), 1U);
  caf::anon_send(inbox, drain{});
  world.run();
  settle();
  EXPECT_EQ(store.applied.size(), 2U);
}

TEST_F(Inbox, RefusesWhatIsTooMuch) {
  start(5, 100);
  std::vector<campaign_world::answer_slot> slots;
  for (int i = 0; i < 7; ++i) slots.push_back(post("x"));
  EXPECT_EQ(status_of(slots[5]), 503);
  EXPECT_EQ(status_of(slots[6]), 503);
  settle();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(status_of(slots[static_cast<std::size_t>(i)]), 200);
  for (int i = 0; i < 3; ++i) {
    const auto big = post(std::string(60, 'x')), too_big = post(std::string(60, 'x'));
    EXPECT_EQ(status_of(too_big), 503);
    settle();
    EXPECT_EQ(status_of(big), 200) << "the room is free again";
  }
}

TEST_F(Inbox, WhatIsNotCommittedIsRefused) {
  start();
  settle();
  store.faults["append"] = {fault::away};
  const auto slot = post("a");
  settle();
  EXPECT_EQ(status_of(slot), 503);
  EXPECT_TRUE(store.table.empty());
  const auto next = post("b");
  settle();
  EXPECT_EQ(status_of(next), 200);
  EXPECT_EQ(store.applied, std::vector<std::string>{"b"});
}

TEST_F(Inbox, WhatWasCommittedInDoubtIsAppliedSoon) {
  start();
  settle();
  post("a");
  settle();
  store.faults["append"] = {fault::in_doubt};
  EXPECT_EQ((post("b"), settle(), store.table.size()), 1U);
  pass(seconds{2});
  EXPECT_EQ(store.applied, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(store.table.empty());
  post("c");
  settle();
  EXPECT_EQ(store.applied.back(), "c");
}

TEST_F(Inbox, LargeOnesShareNoCommit) {
  commit_bytes_max = 30;
  start();
  settle();
  post("0");
  for (const auto* each : {"a", "b", "c"}) post(each + std::string(19, 'x'));
  post(std::string(40, 'y'));
  post("z");
  settle();
  EXPECT_EQ(store.applied.size(), 6U);
  EXPECT_EQ(store.appends, 6) << "two of them are more than thirty bytes";
  EXPECT_EQ(store.applied.back(), "z");
}

TEST_F(Inbox, MailsTakeNoRoomFromOthers) {
  start(100, 100);
  const auto mail = [&](std::size_t bytes) {
    return post(std::string(bytes, 'm'), webhook_source::email);
  };
  const auto first = mail(40), second = mail(40), other = post(std::string(90, 'x'));
  settle();
  EXPECT_EQ(status_of(first), 200);
  EXPECT_EQ(status_of(second), 503);
  EXPECT_EQ(status_of(other), 200);
  const auto later = mail(40);
  settle();
  EXPECT_EQ(status_of(later), 200) << "what was applied gives its room back";
}

TEST_F(Inbox, BytesThatAreNoTextAreReplacedAndTheRestIsApplied) {
  start();
  settle();
  const auto a = post("a"), bad = post(std::string("x\xff y\0z", 6)), b = post("b");
  settle();
  EXPECT_EQ(status_of(a), 200);
  EXPECT_EQ(status_of(bad), 200) << "refused, it would come again";
  EXPECT_EQ(status_of(b), 200);
  EXPECT_EQ(store.applied, (std::vector<std::string>{"a", "x\xEF\xBF\xBD y\xEF\xBF\xBDz", "b"}));
}

TEST_F(Inbox, TriesAgainWhileTheDatabaseIsAway) {
  start();
  settle();
  for (const auto what : {fault::away, fault::in_doubt}) {
    store.faults["apply"] = {what, fault::away};
    post("a");
    settle();
    pass(seconds{3});
    EXPECT_TRUE(store.table.empty());
    EXPECT_TRUE(store.aside.empty());
  }
}

TEST_F(Inbox, AsksForTheNamesOfThoseWhoHaveNone) {
  start();
  settle();
  post("message");
  settle();
  EXPECT_TRUE(asked->empty());
  post("message of nobody");
  EXPECT_TRUE(asked->empty()) << "not before it is applied";
  settle();
  EXPECT_EQ(*asked, std::vector<uuid>{uuid({8})});
}

TEST_F(Inbox, CatchesUpAfterAStart) {
  for (int i = 1; i <= 1'203; ++i)
    store.table[++store.last_id] = std::make_shared<const std::string>(std::to_string(i));
  store.faults["waiting"] = {fault::away, fault::none, fault::away};
  start(2'000, 100'000);
  const auto slot = post("new");
  settle();
  EXPECT_EQ(status_of(slot), 200) << "new ones are taken meanwhile";
  pass(seconds{3});
  ASSERT_EQ(store.applied.size(), 1'204U);
  for (int i = 1; i <= 1'203; ++i)
    ASSERT_EQ(store.applied[static_cast<std::size_t>(i) - 1], std::to_string(i));
  EXPECT_EQ(store.applied.back(), "new");
}

TEST_F(Inbox, ADrainAppliesWhatWasTaken) {
  start();
  const auto slot = post("a");
  self.emplace(world.system, true);
  (*self)->send(inbox, drain{});
  world.run();
  const auto late = post("b");
  EXPECT_EQ(status_of(late), 503);
  const auto drained = [this] {
    bool yes = false;
    (*self)->receive([&](bool all) { yes = all; }, caf::after(milliseconds{0}) >> [] {});
    return yes;
  };
  EXPECT_FALSE(drained());
  settle();
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_TRUE(drained());
  EXPECT_EQ(store.applied, std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace omnistream::test
