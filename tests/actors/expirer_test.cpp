#include "actors/expiration/expirer.hpp"

#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;

/// So many conversations are idle.
class fake_expiration_store final : public expiration_store, public fake_jobs {
 public:
  void expire(int at_most, std::function<void(result<int>)> done) override {
    enqueue<int>("expire", std::move(done), [this, at_most] {
      const int ended = std::min(idle_conversations, at_most);
      idle_conversations -= ended;
      return ended;
    });
  }
  int idle_conversations = 0;
};

class Expirer : public stepped_system, public ::testing::Test {
 protected:
  Expirer() {
    who = system.spawn(expirer, expirer_environment{&store, 60s, 10});
    run();
  }
  ~Expirer() override { kill(who); }

  /// Lets time pass, and the database answer.
  void pass(std::chrono::milliseconds by) {
    advance(by);
    store.finish_all();
    run();
  }

  fake_expiration_store store;
  expirer_actor who;
};

TEST_F(Expirer, LooksAfterEachInterval) {
  pass(59s);
  EXPECT_EQ(store.calls["expire"], 0) << "what was written meanwhile is applied first";
  store.idle_conversations = 3;
  pass(1s);
  EXPECT_EQ(store.idle_conversations, 0);
  pass(59s);
  EXPECT_EQ(store.calls["expire"], 1);
  pass(1s);
  EXPECT_EQ(store.calls["expire"], 2);
}

TEST_F(Expirer, GoesOnSoonWhileThereAreMore) {
  store.idle_conversations = 25;
  pass(60s);
  EXPECT_EQ(store.idle_conversations, 15);
  pass(100ms);
  pass(100ms);
  EXPECT_EQ(store.idle_conversations, 0);
  pass(10s);
  EXPECT_EQ(store.calls["expire"], 3) << "that was the end";
}

TEST_F(Expirer, LooksNoSecondTimeBeforeTheDatabaseAnswered) {
  advance(60s);
  advance(10min);
  EXPECT_EQ(store.calls["expire"], 1);
}

TEST_F(Expirer, TriesAgainAfterAFailure) {
  store.idle_conversations = 1;
  store.faults = [](const std::string&) { return fake_jobs::fault::away; };
  pass(60s);
  store.faults = nullptr;
  pass(60s);
  EXPECT_EQ(store.idle_conversations, 0);
}

}  // namespace
}  // namespace omnistream::test
