#include "actors/webhook/outbox_floors.hpp"

#include <array>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream::actors {
namespace {

const uuid hook{{1}};

outbox_page page(std::initializer_list<std::int64_t> ids) {
  outbox_page made;
  for (const auto id : ids) made.events.push_back({id, "thing.happened", {}, nullptr});
  return made;
}

TEST(OutboxFloors, BelieveAFrontOnlyWhenEverybodyWhoWroteHasEnded) {
  outbox_floors floors;
  EXPECT_EQ(floors.after(hook), 0);
  floors.found(hook, page({325, 326}), {90, 100});
  floors.found(hook, page({326}), {99, 110});
  EXPECT_EQ(floors.after(hook), 0);
  floors.found(hook, page({330}), {100, 120});
  EXPECT_EQ(floors.after(hook), 324);
}

TEST(OutboxFloors, ReachNoFurtherThanWhatCameLate) {
  outbox_floors floors;
  floors.found(hook, page({325}), {90, 100});
  floors.found(hook, page({5, 6, 325}), {100, 120});
  EXPECT_EQ(floors.after(hook), 4);
}

TEST(OutboxFloors, OfManyAreKeptAsLongAsThereIsRoom) {
  outbox_floors floors;
  const auto named = [](std::size_t number) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < sizeof number; ++i)
      bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return uuid{bytes};
  };
  for (int round = 0; round < 2; ++round)
    for (std::size_t i = 0; i < outbox_floors::known_max; ++i)
      floors.found(named(i), page({10}), {round, round});
  EXPECT_EQ(floors.after(named(0)), 9);
  EXPECT_EQ(floors.after(named(outbox_floors::known_max - 1)), 9);
  floors.found(named(outbox_floors::known_max), page({10}), {2, 2});
  EXPECT_EQ(floors.after(named(0)), 0) << "one too many: all begin anew";
}

/// Writers that draw ids and commit in any order.
struct writers {
  std::map<std::int64_t, std::vector<std::int64_t>> writing;  ///< transaction -> the ids it drew
  std::set<std::int64_t> outbox;
  std::int64_t next_transaction = 1;
  std::int64_t next_id = 1;

  auto any() {
    auto one = writing.begin();
    std::advance(one, *rc::gen::inRange<std::size_t>(0, writing.size()));
    return one;
  }
  void begin() { writing[next_transaction++]; }
  void draw() {
    if (!writing.empty()) any()->second.push_back(next_id++);
  }
  void commit() {
    if (writing.empty()) return;
    const auto one = any();
    outbox.insert(one->second.begin(), one->second.end());
    writing.erase(one);
  }
  seen_transactions seen() const {
    return {writing.empty() ? next_transaction : writing.begin()->first, next_transaction};
  }
};

/// What is read is taken or not; nothing is ever below a floor.
RC_GTEST_PROP(OutboxFloors, NeverPassAnEvent, ()) {
  outbox_floors floors;
  writers world;
  for (int i = 0; i < 300; ++i) {
    const auto what = *rc::gen::inRange(0, 6);
    if (what == 0) world.begin();
    if (what == 1 || what == 2) world.draw();
    if (what == 3) world.commit();
    if (what < 4) continue;
    const auto after = floors.after(hook);
    RC_ASSERT(world.outbox.empty() || *world.outbox.begin() > after);
    outbox_page read;
    for (const auto id : world.outbox)
      if (read.events.size() < 3) read.events.push_back({id, "thing.happened", {}, nullptr});
    floors.found(hook, read, world.seen());
    if (what == 5)
      for (const auto& event : read.events) world.outbox.erase(event.id);
  }
}

}  // namespace
}  // namespace omnistream::actors
