#include "actors/ingest/inbox.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using payload_ptr = std::shared_ptr<const std::string>;

/// An inbox table in memory; jobs wait until the test runs them.
class fake_inbox_store final : public inbox_store {
 public:
  enum class fault { none, away, in_doubt, refused, too_long };

  void append(std::vector<raw_webhook> payloads, appended done) override {
    ++appends;
    jobs.emplace_back([this, payloads, done] {
      const auto what = next("append");
      if (what == fault::away) return done(away());
      std::vector<std::int64_t> ids;
      for (const auto& one : payloads) {
        ids.push_back(++last_id);
        table[last_id] = one.payload;
      }
      what == fault::in_doubt ? done(doubt()) : done(ids);
    });
  }
  void waiting(std::int64_t after, int at_most,
               std::function<void(result<std::vector<stored_webhook>>)> done) override {
    jobs.emplace_back([this, after, at_most, done] {
      if (next("waiting") != fault::none) return done(away());
      std::vector<stored_webhook> page;
      for (auto it = table.upper_bound(after);
           it != table.end() && static_cast<int>(page.size()) < at_most; ++it)
        if (!aside.contains(it->first)) page.push_back({it->first, it->second});
      done(page);
    });
  }
  void apply(std::vector<stored_webhook> batch,
             std::function<void(result<applied_webhooks>)> done) override {
    biggest_batch = std::max(biggest_batch, batch.size());
    ++applies;
    jobs.emplace_back([this, batch, done] {
      const auto what = next("apply");
      if (what == fault::away) return done(away());
      if (what == fault::too_long) return done(too_long());
      for (const auto& one : batch)
        if (refused.contains(*one.payload)) return done(problems::bad_request("bad", "Poison."));
      applied_webhooks did;
      for (const auto& one : batch) take(one.id, *one.payload, did);
      what == fault::in_doubt ? done(doubt()) : done(did);
    });
  }
  void apply_apart(stored_webhook webhook,
                   std::function<void(result<applied_webhooks>)> done) override {
    jobs.emplace_back([this, webhook, done] {
      const auto what = next("apart");
      if (what == fault::away) return done(away());
      if (what == fault::refused) return done(problems::internal());
      applied_webhooks did;
      if (refused.contains(*webhook.payload))
        did.refused.push_back(aside[webhook.id] = "Poison.");
      else
        take(webhook.id, *webhook.payload, did);
      done(did);
    });
  }
  void apply_again(int at_most, bool after_start,
                   std::function<void(result<applied_again>)> done) override {
    starts += after_start ? 1 : 0;
    jobs.emplace_back([this, at_most, after_start, done] {
      ++looks;
      if (next("again") != fault::none) return done(away());
      if (after_start)
        for (const auto& [id, reason] : aside) due.insert(id);
      applied_again all;
      while (!due.empty() && all.tried < at_most) {
        const auto id = *due.begin();
        due.erase(due.begin());
        ++all.tried;
        const std::string payload = *table.at(id);
        if (refused.contains(payload)) continue;
        aside.erase(id);
        take(id, payload, all.did);
      }
      done(all);
    });
  }
  void set_aside(std::int64_t id, std::string reason,
                 std::function<void(result<done>)> done) override {
    jobs.emplace_back([this, id, reason, done] {
      aside[id] = reason;
      done(omnistream::done{});
    });
  }

  void remove_set_aside(std::chrono::hours kept, std::function<void(result<int>)> done) override {
    ++removals;
    kept_hours = kept.count();
    jobs.emplace_back([this, done] {
      if (next("remove") == fault::away) return done(away());
      const auto count = static_cast<int>(aside.size());
      aside.clear();
      done(count);
    });
  }

  std::deque<std::function<void()>> jobs;
  std::map<std::int64_t, payload_ptr> table;
  std::map<std::int64_t, std::string> aside;
  std::set<std::int64_t> due;  ///< of those
  std::set<std::string> refused{"poison"};
  std::vector<std::string> applied;
  std::int64_t last_id = 0;
  int appends = 0, applies = 0, removals = 0, looks = 0, starts = 0;
  std::int64_t kept_hours = 0;
  std::size_t biggest_batch = 0;
  std::map<std::string, std::deque<fault>> faults;

 private:
  fault next(const std::string& operation) {
    auto& list = faults[operation];
    if (list.empty()) return fault::none;
    const auto what = list.front();
    list.pop_front();
    return what;
  }
  void take(std::int64_t id, const std::string& payload, applied_webhooks& did) {
    applied.push_back(payload);
    table.erase(id);
    if (!payload.starts_with("message")) ++did.statuses;
    if (payload == "last") did.campaigns.push_back(uuid({9}));
  }
  static problem too_long() { return problems::unavailable("database_timeout", "Too long."); }
  static problem away() { return problems::unavailable("database_away", "Away."); }
  static problem doubt() { return problems::unavailable("in_doubt", "In doubt."); }
};

using fault = fake_inbox_store::fault;

registry_actor::behavior_type noting_registry(registry_actor::pointer,
                                              const std::shared_ptr<std::vector<uuid>>& woken) {
  return {[](const entity_call&) {}, [woken](const wake& whom) { woken->push_back(whom.to.id); },
          [](const outcomes&) {},    [](const alarm&) {},
          [](const idle&) {},        [](tick) {},
          [](drain) { return true; }};
}

class Inbox : public ::testing::Test {
 protected:
  ~Inbox() override {
    store.jobs.clear();
    self.reset();
    world.kill(inbox);
    world.kill(registry);
  }
  void start(std::size_t payloads_max = 100, std::size_t bytes_max = 1'000,
             std::size_t commit_max = 10) {
    registry = world.system.spawn(noting_registry, woken);
    inbox_environment with{&store, registry, world.clock()};
    with.waiting_payloads_max = payloads_max;
    with.waiting_bytes_max = bytes_max;
    with.commit_payloads_max = commit_max;
    inbox = world.system.spawn(actors::inbox, with);
    world.run();
  }
  campaign_world::answer_slot post(const std::string& payload) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(inbox, webhook_received{std::make_shared<const std::string>(payload), to});
    to = nullptr;
    world.run();
    return slot;
  }
  bool run_job() {
    if (store.jobs.empty()) return false;
    auto job = std::move(store.jobs.front());
    store.jobs.pop_front();
    job();
    world.run();
    return true;
  }
  void settle() {
    while (run_job()) {
    }
  }
  void pass(milliseconds time) {
    for (; time.count() > 0; time -= milliseconds{100}) {
      world.advance(milliseconds{100});
      settle();
    }
  }

  stepped_system world;
  fake_inbox_store store;
  std::shared_ptr<std::vector<uuid>> woken = std::make_shared<std::vector<uuid>>();
  registry_actor registry;
  inbox_actor inbox;
  std::optional<caf::scoped_actor> self;
};

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
