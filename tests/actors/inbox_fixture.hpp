#pragma once

#include <set>

#include <gtest/gtest.h>

#include "actors/ingest/inbox.hpp"
#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {

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
      const auto what = next("again");
      if (what == fault::refused) return done(problems::internal());
      if (what != fault::none) return done(away());
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
    if (payload == "message of nobody") did.nameless.push_back(uuid({8}));
    if (payload == "last") did.campaigns.push_back(uuid({9}));
  }
  static problem too_long() { return problems::unavailable("database_timeout", "Too long."); }
  static problem away() { return problems::unavailable("database_away", "Away."); }
  static problem doubt() { return problems::unavailable("in_doubt", "In doubt."); }
};

using fault = fake_inbox_store::fault;

inline registry_actor::behavior_type noting_registry(
    registry_actor::pointer, const std::shared_ptr<std::vector<uuid>>& woken) {
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
    inbox_environment with{&store, registry, world.clock(),
                           [asked = asked](const std::vector<uuid>& who) { *asked = who; }};
    with.waiting_payloads_max = payloads_max;
    with.waiting_bytes_max = bytes_max;
    with.commit_payloads_max = commit_max;
    with.commit_bytes_max = commit_bytes_max;
    with.waiting_mail_bytes_max = 50;
    inbox = world.system.spawn(actors::inbox, with);
    world.run();
  }
  campaign_world::answer_slot post(const std::string& payload,
                                   webhook_source source = webhook_source::meta) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(inbox,
                   webhook_received{std::make_shared<const std::string>(payload), to, source});
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
  std::size_t commit_bytes_max = 8u << 20;
  fake_inbox_store store;
  std::shared_ptr<std::vector<uuid>> woken = std::make_shared<std::vector<uuid>>();
  std::shared_ptr<std::vector<uuid>> asked = std::make_shared<std::vector<uuid>>();
  registry_actor registry;
  inbox_actor inbox;
  std::optional<caf::scoped_actor> self;
};

}  // namespace omnistream::test
