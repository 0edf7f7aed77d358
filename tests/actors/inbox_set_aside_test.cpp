#include "tests/actors/inbox_fixture.hpp"

namespace omnistream::test {
namespace {

TEST_F(Inbox, WhatWasSetAsideIsRemovedInTheEnd) {
  start();
  settle();
  EXPECT_EQ(store.removals, 1) << "once at the start";
  EXPECT_EQ(store.kept_hours, 24 * 30);
  post("poison");
  settle();
  EXPECT_EQ(store.aside.size(), 1u);
  store.faults["remove"] = {fault::away};
  for (int hour = 0; hour < 2; ++hour) {
    world.advance(std::chrono::hours{1});
    settle();
  }
  EXPECT_EQ(store.removals, 3);
  EXPECT_TRUE(store.aside.empty());
}

TEST_F(Inbox, APoisonedOneIsSetAsideAndTheOthersApply) {
  start();
  settle();
  post("0");
  for (const auto* each : {"a", "poison", "b", "c"}) post(each);
  settle();
  EXPECT_EQ(store.applied, (std::vector<std::string>{"0", "a", "b", "c"}));
  EXPECT_EQ(store.aside.size(), 1U);
  const auto before = store.applies;
  post("x");
  for (int i = 0; i < 9; ++i) post("y");
  settle();
  EXPECT_EQ(store.applies - before, 2) << "one by one only up to the poisoned batch";
}

TEST_F(Inbox, WhatIsSetAsideIsTriedAgainAfterAStartAndNowAndThen) {
  for (int i = 0; i < 25; ++i) {
    store.table[++store.last_id] = std::make_shared<const std::string>("old " + std::to_string(i));
    store.aside[store.last_id] = "Once.";
  }
  store.faults = {{"remove", {fault::away}}, {"again", {fault::away}}};
  start();
  settle();
  EXPECT_EQ(store.looks, 1);
  EXPECT_EQ(store.aside.size(), 25U) << "the database was away";
  pass(seconds{60});
  EXPECT_EQ(store.applied.size(), 25U) << "ten at a time, until none is due";
  EXPECT_EQ(store.starts, 2) << "until it was done";
  EXPECT_TRUE(store.aside.empty());

  post("poison");
  settle();
  EXPECT_EQ(store.aside.size(), 1U);
  store.refused.clear();
  pass(seconds{60});
  EXPECT_EQ(store.aside.size(), 1U) << "not due";
  store.due.insert(store.aside.begin()->first);
  pass(seconds{60});
  EXPECT_TRUE(store.aside.empty());
  EXPECT_EQ(store.applied.back(), "poison");
}

TEST_F(Inbox, WhatIsTriedAgainTakesTurnsWithWhatComes) {
  for (int i = 0; i < 20; ++i) {
    store.table[++store.last_id] = std::make_shared<const std::string>("old");
    store.aside[store.last_id] = "Once.";
  }
  store.faults["remove"] = {fault::away};
  start();
  post("new");
  settle();
  const auto place = std::find(store.applied.begin(), store.applied.end(), "new");
  EXPECT_EQ(place - store.applied.begin(), 10);
  EXPECT_EQ(store.applied.size(), 21U);
}

TEST_F(Inbox, WhatSpoilsTheCommitOfOthersIsTriedAlone) {
  for (int i = 0; i < 12; ++i) {
    store.table[++store.last_id] = std::make_shared<const std::string>("old");
    store.aside[store.last_id] = "Once.";
  }
  store.faults = {{"remove", {fault::away}}, {"again", {fault::refused}}};
  start();
  settle();
  EXPECT_EQ(store.applied.size(), 12U);
  EXPECT_EQ(store.looks, 14) << "all at once, then each, and once in vain";
}

TEST_F(Inbox, WhatTakesTooLongHoldsNothingUp) {
  start();
  settle();
  post("0");
  for (const auto* each : {"a", "b", "c"}) post(each);
  store.faults["apply"] = {fault::none, fault::too_long, fault::too_long};
  settle();
  EXPECT_EQ(store.applied, (std::vector<std::string>{"0", "a", "b", "c"})) << "a part by part";
  EXPECT_TRUE(store.aside.empty());
}

TEST_F(Inbox, WhatCannotBeAppliedPartByPartEitherIsSetAsideWhole) {
  start();
  settle();
  store.faults["apart"] = {fault::away, fault::refused};
  post("poison");
  post("a");
  settle();
  pass(seconds{1});
  EXPECT_EQ(store.applied, std::vector<std::string>{"a"});
  EXPECT_EQ(store.aside.size(), 1U);
}

}  // namespace
}  // namespace omnistream::test
