#include "actors/schedule/scheduler.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;

const uuid chat{{0x70}};

/// Scheduled messages in memory.
class fake_schedule_store final : public schedule_store, public fake_jobs {
 public:
  struct message {
    uuid id;
    timestamp at;
    std::string status = "scheduled";
    uuid conversation = chat;
  };

  void due(timestamp now, int at_most, std::vector<uuid> without,
           std::function<void(result<due_messages>)> done) override {
    enqueue<due_messages>("due", std::move(done), [this, now, at_most, without] {
      due_messages found;
      for (const auto& one : in_order()) {
        if (one.status != "scheduled") continue;
        if (std::find(without.begin(), without.end(), one.conversation) != without.end()) continue;
        if (one.at > now) {
          found.next_at = one.at;
          break;
        }
        if (static_cast<int>(found.list.size()) < at_most)
          found.list.push_back({one.id, one.conversation});
      }
      return found;
    });
  }
  void release(uuid which, timestamp,
               std::function<void(result<std::optional<uuid>>)> done) override {
    enqueue<std::optional<uuid>>("release", std::move(done),
                                 [this, which]() -> result<std::optional<uuid>> {
                                   if (const auto why = broken.find(which); why != broken.end())
                                     return why->second;
                                   auto& one = at(which);
                                   if (one.status != "scheduled") return std::optional<uuid>();
                                   one.status = "sent";
                                   sent.push_back(which);
                                   return std::optional(moved_to.value_or(one.conversation));
                                 });
  }
  void fail(uuid which, problem, std::function<void(result<done>)> done) override {
    enqueue<omnistream::done>("fail", std::move(done), [this, which]() -> result<omnistream::done> {
      if (not_even_failing.contains(which)) return problems::internal();
      at(which).status = "failed";
      return omnistream::done{};
    });
  }

  std::vector<message> messages;
  std::vector<uuid> sent;
  std::map<uuid, problem> broken;  ///< what cannot be handed over, and why
  std::set<uuid> not_even_failing;
  std::optional<uuid> moved_to;  ///< the conversation that became of all by now

 private:
  message& at(uuid which) {
    return *std::find_if(messages.begin(), messages.end(),
                         [which](const auto& one) { return one.id == which; });
  }
  std::vector<message> in_order() const {
    auto sorted = messages;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.at < b.at; });
    return sorted;
  }
};

class Scheduler : public stepped_system, public ::testing::Test {
 protected:
  Scheduler() {
    woken = std::make_shared<int>(0);
    registry =
        system.spawn([counter = woken](registry_actor::pointer) -> registry_actor::behavior_type {
          return {[](const entity_call&) {},
                  [counter](const wake& whom) { *counter += whom.to.id == chat; },
                  [](const outcomes&) {},
                  [](const alarm&) {},
                  [](const idle&) {},
                  [](tick) {},
                  [](drain) { return true; }};
        });
  }
  ~Scheduler() override {
    kill(who);
    kill(registry);
  }

  void start() {
    scheduler_environment with{&store, registry, clock()};
    with.batch_max = 3;
    who = system.spawn(actors::scheduler, with);
    settle();
  }
  /// A crash: what was under way is forgotten.
  void restart() {
    kill(who);
    store.drop_jobs();
    store.drop_completions();
    start();
  }
  void settle() {
    run();
    while (!store.idle()) {
      store.finish_all();
      run();
    }
  }
  void pass(std::chrono::milliseconds by) {
    advance(by);
    settle();
  }
  /// Somebody schedules a message for so long from now.
  uuid schedule(std::chrono::milliseconds from_now, uuid conversation = chat) {
    const uuid id{{1, static_cast<std::uint8_t>(store.messages.size())}};
    store.messages.push_back({id, now + from_now, "scheduled", conversation});
    if (who) caf::anon_send(who, message_scheduled{now + from_now});
    run();
    return id;
  }
  const std::string& status(std::size_t which) { return store.messages[which].status; }

  fake_schedule_store store;
  std::shared_ptr<int> woken;
  registry_actor registry;
  scheduler_actor who;
};

TEST_F(Scheduler, HandsAMessageOverAtItsTime) {
  start();
  schedule(10s);
  pass(9'999ms);
  EXPECT_EQ(status(0), "scheduled");
  pass(1ms);
  EXPECT_EQ(status(0), "sent");
  EXPECT_EQ(*woken, 1);
}

TEST_F(Scheduler, WakesTheConversationThatItIsInByThen) {
  start();
  schedule(10s, uuid{{9, 9}});
  store.moved_to = chat;
  pass(10s);
  EXPECT_EQ(*woken, 1);
}

TEST_F(Scheduler, KnowsTheEarliestWhateverTheOrderOfScheduling) {
  start();
  for (const auto at : {20s, 5s, 10s}) schedule(at);
  pass(5s);
  EXPECT_EQ(status(1), "sent");
  pass(5s);
  EXPECT_EQ(status(2), "sent");
  pass(10s);
  EXPECT_EQ(status(0), "sent");
}

TEST_F(Scheduler, AsksNothingWhileNothingIsDue) {
  start();
  schedule(100h);
  const auto asked = store.calls["due"];
  pass(29s);
  EXPECT_EQ(store.calls["due"], asked);
  pass(1s);
  EXPECT_EQ(store.calls["due"], asked + 1) << "the clock may have been put forward";
}

TEST_F(Scheduler, TakesThemInTheirOrderAndAllOfThem) {
  for (const auto at : {4s, 1s, 3s, 2s, 7s, 6s, 5s}) schedule(at);
  now += 1min;
  start();
  EXPECT_EQ(store.sent.size(), 7U) << "those that came due while it was away";
  EXPECT_TRUE(std::is_sorted(store.sent.begin(), store.sent.end(), [this](uuid a, uuid b) {
    const auto at = [this](uuid id) {
      return std::find_if(store.messages.begin(), store.messages.end(),
                          [id](const auto& one) { return one.id == id; })
          ->at;
    };
    return at(a) < at(b);
  }));
}

TEST_F(Scheduler, SendsNothingTwiceWhateverGetsLost) {
  for (int i = 0; i < 5; ++i) schedule(1s);
  store.faults = [n = 0](const std::string& operation) mutable {
    if (operation != "release") return fake_jobs::fault::none;
    return std::vector{fake_jobs::fault::in_doubt, fake_jobs::fault::away,
                       fake_jobs::fault::none}[static_cast<std::size_t>(n++ % 3)];
  };
  start();
  for (int i = 0; i < 20; ++i) pass(1s);
  EXPECT_EQ(store.sent.size(), 5U);
  EXPECT_GE(*woken, 5);
}

TEST_F(Scheduler, GoesOnAfterACrashAtAnyPoint) {
  for (int steps = 0; steps < 8; ++steps) {
    store.messages.clear();
    store.sent.clear();
    for (int i = 0; i < 2; ++i) schedule(0s);
    kill(who);
    scheduler_environment with{&store, registry, clock()};
    who = system.spawn(actors::scheduler, with);
    run();
    for (int i = 0; i < steps && !store.idle(); ++i) {
      store.jobs() > 0 ? store.run_job() : store.complete();
      run();
    }
    restart();
    EXPECT_EQ(store.sent.size(), 2U) << "after " << steps << " steps";
  }
}

TEST_F(Scheduler, LetsNoBrokenOneHoldUpTheOthers) {
  store.broken.emplace(schedule(1s), problems::internal());
  store.broken.emplace(schedule(2s), problems::conflict("conflict", "It contradicts."));
  store.broken.emplace(schedule(3s), problems::bad_request("invalid_text", "No text."));
  schedule(4s);
  now += 1min;
  start();
  for (const auto which : {0, 1, 2}) EXPECT_EQ(status(which), "failed");
  EXPECT_EQ(status(3), "sent");
}

TEST_F(Scheduler, StepsOverOneThatTheDatabaseCannotTakeNow) {
  const auto stuck = schedule(1s);
  store.broken.emplace(stuck, problems::unavailable("database_timeout", "Too long."));
  const auto after_it = schedule(2s);
  const auto of_another = schedule(3s, uuid{{0x71}});
  now += 1min;
  start();
  EXPECT_EQ(store.sent, std::vector{of_another}) << "those of one conversation keep their order";
  EXPECT_EQ(store.calls["release"], 2) << "it rests before it tries again";
  store.broken.clear();
  pass(1s);
  EXPECT_EQ(store.sent, (std::vector{of_another, stuck, after_it}));
}

/// As many as one look finds, and more, wait in a conversation that cannot take them.
TEST_F(Scheduler, LetsNoConversationHoldUpTheOthers) {
  for (int i = 0; i < 7; ++i)
    store.broken.emplace(schedule(1s), problems::unavailable("database_timeout", "Too long."));
  const auto of_another = schedule(2s, uuid{{0x71}});
  now += 1min;
  start();
  EXPECT_EQ(store.sent, std::vector{of_another});
  EXPECT_EQ(store.calls["release"], 2) << "one of each";
  store.broken.clear();
  pass(1s);
  EXPECT_EQ(store.sent.size(), 8U);
}

TEST_F(Scheduler, StepsOverOneThatCannotEvenFail) {
  const auto stuck = schedule(1s);
  store.broken.emplace(stuck, problems::internal());
  store.not_even_failing.insert(stuck);
  schedule(2s, uuid{{0x71}});
  now += 1min;
  start();
  EXPECT_EQ(status(0), "scheduled");
  EXPECT_EQ(status(1), "sent");
  store.not_even_failing.clear();
  pass(1s);
  EXPECT_EQ(status(0), "failed");
}

TEST_F(Scheduler, LooksAgainSoonWhenTheDatabaseWasAway) {
  schedule(0s);
  store.faults = [](const std::string&) { return fake_jobs::fault::away; };
  start();
  store.faults = nullptr;
  pass(1s);
  EXPECT_EQ(status(0), "sent");
}

TEST_F(Scheduler, IsNotLateForOneThatIsScheduledWhileItLooks) {
  start();
  pass(30s);
  advance(30s);  // it looks, and has no answer yet
  schedule(2s);
  settle();
  pass(2s);
  EXPECT_EQ(status(0), "sent");
}

}  // namespace
}  // namespace omnistream::test
