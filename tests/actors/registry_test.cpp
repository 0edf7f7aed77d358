#include "actors/front/registry.hpp"

#include <gtest/gtest.h>

#include "actors/front/front.hpp"
#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What the entities of a test got and how they behave.
struct entity_log {
  std::map<uuid, std::vector<std::string>> got;
  std::map<uuid, int> spawned;
  std::map<uuid, entity_actor> living;
  std::map<uuid, std::uint64_t> calls_seen;
  bool keeps_calls = false;  ///< does not answer
  bool breaks = false;       ///< throws at the next call
  bool stays = false;        ///< does not end on drain
  std::vector<reply_ptr> kept;
};

entity_actor::behavior_type fake_entity(entity_actor::pointer self, const uuid& id,
                                        const std::shared_ptr<entity_log>& log) {
  auto note = [log, id](const std::string& what, bool counts = true) {
    log->got[id].push_back(what);
    if (counts) ++log->calls_seen[id];
  };
  return {[=](const entity_call& call) {
            note("call");
            if (std::exchange(log->breaks, false)) self->quit(caf::exit_reason::kill);
            if (log->keeps_calls)
              log->kept.push_back(call.answer);
            else
              (*call.answer)(answer{200, "{}"});
          },
          [=](const wake&) { note("wake"); },
          [=](const outcomes&) { note("outcomes"); },
          [](const step&) {},
          [](tick) {},
          [=](passivate) {
            note("passivate", false);
            self->quit();
          },
          [=](drain) {
            note("drain", false);
            if (!log->stays) self->quit();
          }};
}

class Registry : public ::testing::Test {
 protected:
  Registry() {
    registry_environment with;
    with.now = world.clock();
    with.factories[entity_kind::campaign] = [log = log](caf::actor_system& in,
                                                        const registry_actor&, const uuid& id) {
      ++log->spawned[id];
      log->calls_seen[id] = 0;
      return log->living[id] = in.spawn(fake_entity, id, log);
    };
    registry = world.system.spawn(actors::registry, std::move(with));
    world.run();
  }
  ~Registry() override {
    log->kept.clear();
    log->living.clear();
    world.kill(registry);
  }

  campaign_world::answer_slot call(const uuid& id) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(registry, entity_call{{entity_kind::campaign, id}, uuid{}, nullptr, to});
    return slot;
  }
  void offer_to_leave(const uuid& id) {
    caf::anon_send(registry, idle{{entity_kind::campaign, id}, log->calls_seen[id]});
  }
  void set_alarm(const uuid& id, timestamp at) {
    caf::anon_send(registry, alarm{{entity_kind::campaign, id}, at});
  }

  stepped_system world;
  std::shared_ptr<entity_log> log = std::make_shared<entity_log>();
  registry_actor registry;
  uuid one{{1}}, two{{2}};
};

TEST_F(Registry, SpawnsOnFirstUseAndOnlyThen) {
  EXPECT_TRUE(log->spawned.empty());
  const auto first = call(one), second = call(one);
  call(two);
  world.run();
  EXPECT_EQ(status_of(first), 200);
  EXPECT_EQ(status_of(second), 200);
  EXPECT_EQ(log->spawned[one], 1);
  EXPECT_EQ(log->spawned[two], 1);
}

TEST_F(Registry, LetsTheIdleGoAndMakesThemAgain) {
  call(one);
  world.run();
  offer_to_leave(one);
  world.run();
  EXPECT_EQ(log->got[one].back(), "passivate");
  const auto slot = call(one);
  world.run();
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_EQ(log->spawned[one], 2);
}

/// A call that crosses the offer to leave: the entity stays, the call is answered.
TEST_F(Registry, DoesNotLetGoWhileACallIsUnderWay) {
  call(one);
  world.run();
  call(one);            // counted by the registry
  offer_to_leave(one);  // sent before the entity saw it
  world.run();
  EXPECT_EQ(log->got[one], (std::vector<std::string>{"call", "call"}));
  EXPECT_EQ(log->spawned[one], 1);
}

/// A call right behind the passivation gets a new entity, never the one that goes.
TEST_F(Registry, ACallBehindThePassivationIsAnswered) {
  call(one);
  world.run();
  offer_to_leave(one);
  const auto slot = call(one);
  world.run();
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_EQ(log->spawned[one], 2);
}

TEST_F(Registry, AnOfferOfSomebodyUnknownIsIgnored) {
  caf::anon_send(registry, idle{{entity_kind::campaign, two}, 0});
  world.run();
  EXPECT_TRUE(log->got[two].empty());
}

TEST_F(Registry, WakesAtTheAlarmWhetherOrNotItLives) {
  set_alarm(one, world.now + seconds{10});
  for (int i = 0; i < 98; ++i) world.advance(milliseconds{100});
  EXPECT_EQ(log->spawned[one], 0);
  for (int i = 0; i < 5; ++i) world.advance(milliseconds{100});
  EXPECT_EQ(log->got[one], std::vector<std::string>{"wake"});
  for (int i = 0; i < 50; ++i) world.advance(milliseconds{100});
  EXPECT_EQ(log->got[one].size(), 1U) << "once";
}

TEST_F(Registry, AnAlarmInThePastRingsAtOnce) {
  set_alarm(one, world.now - seconds{10});
  world.advance(milliseconds{200});
  EXPECT_EQ(log->got[one], std::vector<std::string>{"wake"});
}

TEST_F(Registry, ReportsGoOnlyToTheLiving) {
  caf::anon_send(
      registry,
      outcomes{
          {entity_kind::campaign, one}, std::make_shared<std::vector<send_outcome>>(), false, 0});
  world.run();
  EXPECT_EQ(log->spawned[one], 0);
  call(one);
  caf::anon_send(
      registry,
      outcomes{
          {entity_kind::campaign, one}, std::make_shared<std::vector<send_outcome>>(), false, 0});
  world.run();
  EXPECT_EQ(log->got[one], (std::vector<std::string>{"call", "outcomes"}));
}

TEST_F(Registry, WhatBreaksDownIsMadeAgain) {
  log->breaks = true;
  call(one);
  world.run();
  for (int i = 0; i < 15; ++i) world.advance(milliseconds{100});
  EXPECT_EQ(log->spawned[one], 2);
  EXPECT_EQ(log->got[one].back(), "wake");
}

class RegistryDrain : public Registry {
 protected:
  ~RegistryDrain() override { self.reset(); }
  void drain_all() {
    self.emplace(world.system, true);
    (*self)->send(registry, drain{});
    world.run();
  }
  bool answered() {
    bool yes = false;
    (*self)->receive([&](bool all) { yes = all; }, caf::after(milliseconds{0}) >> [] {});
    return yes;
  }
  std::optional<caf::scoped_actor> self;
};

TEST_F(RegistryDrain, EndsWhenTheLastEntityHasEnded) {
  call(one);
  call(two);
  world.run();
  log->stays = true;
  drain_all();
  EXPECT_EQ(log->got[one].back(), "drain");
  EXPECT_FALSE(answered());
  caf::anon_send(log->living[one], passivate{});
  world.run();
  EXPECT_FALSE(answered());
  caf::anon_send(log->living[two], passivate{});
  world.run();
  EXPECT_TRUE(answered());
}

TEST_F(RegistryDrain, EndsAtOnceWhenNobodyLives) {
  drain_all();
  EXPECT_TRUE(answered());
}

TEST_F(RegistryDrain, BeginsNothingNew) {
  drain_all();
  const auto slot = call(one);
  caf::anon_send(registry, wake{{entity_kind::campaign, two}});
  set_alarm(two, world.now);
  world.advance(seconds{1});
  EXPECT_EQ(status_of(slot), 503);
  EXPECT_TRUE(log->spawned.empty());
}

// -- front
// -----------------------------------------------------------------------------------------

class Front : public Registry {
 protected:
  Front() { door = world.system.spawn(front, registry, 3, in_flight); }
  ~Front() override {
    log->kept.clear();
    world.kill(door);
  }
  campaign_world::answer_slot command_to(const uuid& id) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(door,
                   front_command{entity_call{{entity_kind::campaign, id}, uuid{}, nullptr, to}});
    world.run();
    return slot;
  }
  campaign_world::answer_slot query(std::function<void(reply_ptr)> run) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(
        door,
        front_query{std::make_shared<const std::function<void(reply_ptr)>>(std::move(run)), to});
    to = nullptr;
    world.run();
    return slot;
  }

  std::shared_ptr<std::atomic<int>> in_flight = std::make_shared<std::atomic<int>>(0);
  front_actor door;
};

TEST_F(Front, CountsUntilTheAnswer) {
  EXPECT_EQ(status_of(command_to(one)), 200);
  EXPECT_EQ(*in_flight, 0);
  log->keeps_calls = true;
  const auto slot = command_to(one);
  EXPECT_EQ(*in_flight, 1);
  (*log->kept[0])(answer{204, ""});
  EXPECT_EQ(status_of(slot), 204);
  (*log->kept[0])(answer{200, ""});
  EXPECT_EQ(*in_flight, 0) << "the first answer counts";
}

TEST_F(Front, ShedsWhatIsTooMuch) {
  log->keeps_calls = true;
  std::vector<campaign_world::answer_slot> slots;
  for (int i = 0; i < 5; ++i) slots.push_back(command_to(one));
  EXPECT_EQ(*in_flight, 3);
  for (int i = 3; i < 5; ++i) {
    ASSERT_EQ(status_of(slots[static_cast<std::size_t>(i)]), 503);
    EXPECT_TRUE((*slots[static_cast<std::size_t>(i)])->error().retry_after_seconds);
  }
  log->kept.clear();
  world.run();
  EXPECT_EQ(*in_flight, 0) << "forgotten ones are answered by their end";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(slots[static_cast<std::size_t>(i)]), 503);
  log->keeps_calls = false;
  EXPECT_EQ(status_of(command_to(one)), 200);
}

TEST_F(Front, QueriesAreCountedToo) {
  reply_ptr kept;
  const auto slot = query([&](reply_ptr to) { kept = std::move(to); });
  EXPECT_EQ(*in_flight, 1);
  (*kept)(answer{200, "[]"});
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_EQ(*in_flight, 0);
  EXPECT_EQ(status_of(query([](const reply_ptr&) {})), 503) << "forgotten";
  EXPECT_EQ(*in_flight, 0);
}

TEST_F(Front, RefusesWhileDraining) {
  caf::anon_send(door, drain{});
  EXPECT_EQ(status_of(command_to(one)), 503);
  EXPECT_EQ(status_of(query([](const reply_ptr&) {})), 503);
  EXPECT_EQ(*in_flight, 0);
  EXPECT_TRUE(log->spawned.empty());
}

}  // namespace
}  // namespace omnistream::test
