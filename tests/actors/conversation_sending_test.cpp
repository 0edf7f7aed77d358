// What a conversation's actor sends: in order, once, and nothing lost, whatever dies on the way.

#include <random>

#include <gtest/gtest.h>

#include "tests/actors/conversation_sending_world.hpp"

namespace omnistream::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using fault = fake_jobs::fault;
using queue = fake_message_queue;

class ConversationSending : public sending_world, public ::testing::Test {};

TEST_F(ConversationSending, DyingBeforeAnythingMayBeSentWritesNobodyOff) {
  holds_at_start = true;
  stop(), start();
  send();
  for (int deaths = 0; deaths < 3; ++deaths) {
    pass(milliseconds{900});
    EXPECT_TRUE(offered().empty());
    stop();
    resume();
  }
  pass(milliseconds{1'100});
  answer_all(accepted());
  EXPECT_EQ(statuses(), std::vector<int>{queue::sent});
}

TEST_F(ConversationSending, ADrainNeedNotWaitUntilSomethingMayBeSent) {
  holds_at_start = true;
  stop(), start();
  send();
  settle();
  EXPECT_EQ(living(), 1U);
  caf::anon_send(registry, drain{});
  settle();
  EXPECT_EQ(living(), 0U);
}

TEST_F(ConversationSending, AClockThatIsPutBackHoldsNothing) {
  holds_at_start = true;
  stop(), start();
  now -= std::chrono::hours{1};
  send();
  settle();
  EXPECT_EQ(offered().size(), 1U);
}

TEST_F(ConversationSending, AnswersWhenItIsTakenAndSendsIt) {
  const auto slot = send();
  settle();
  EXPECT_EQ(status_of(slot), 202);
  ASSERT_EQ(offered().size(), 1U);
  EXPECT_EQ(offered()[0].body, "message 1");
  EXPECT_EQ(living(), 1U) << "it waits for Meta's answer";
  answer_all(accepted());
  EXPECT_EQ(statuses(), std::vector<int>{queue::sent});
  EXPECT_EQ(living(), 0U);
}

TEST_F(ConversationSending, SendsTheNextAfterTheLastWasAnswered) {
  for (int i = 0; i < 3; ++i) send();
  settle();
  EXPECT_EQ(offered().size(), 1U);
  answer(accepted());
  run();
  EXPECT_EQ(offered().size(), 0U) << "recorded first";
  settle();
  EXPECT_EQ(offered().size(), 1U);
  answer_all(accepted());
  EXPECT_EQ(went_out, (std::vector{1, 2, 3}));
}

TEST_F(ConversationSending, ARefusalIsFinalAndTheNextGoes) {
  send(), send();
  settle();
  answer(rejected(131026));
  answer_all(accepted());
  EXPECT_EQ(statuses(), (std::vector<int>{queue::failed, queue::sent}));
}

TEST_F(ConversationSending, WhatComesTooFastIsTriedAgainBeforeTheNext) {
  send(), send();
  settle();
  answer(rejected(131056));
  settle();
  EXPECT_EQ(living(), 0U) << "an alarm wakes it";
  EXPECT_TRUE(offered().empty());
  pass(seconds{2});
  answer_all(accepted());
  EXPECT_EQ(went_out, (std::vector{1, 1, 2}));
  EXPECT_EQ(statuses(), (std::vector<int>{queue::sent, queue::sent}));
}

TEST_F(ConversationSending, WaitsForAnAccountThatMetaRefuses) {
  send(), send();
  settle();
  answer(rejected(190));
  settle();
  EXPECT_FALSE(store.account_ready);
  pass(seconds{30});
  EXPECT_EQ(went_out.size(), 1U);
  EXPECT_EQ(living(), 0U);
  store.account_ready = true;
  wake_up();
  answer_all(accepted());
  EXPECT_EQ(went_out, (std::vector{1, 1, 2}));
}

TEST_F(ConversationSending, TakesBackWhatIsNotOnItsWayWhenItsAccountIsSwitchedOff) {
  send(), send();
  settle();
  EXPECT_EQ(offered().size(), 1U);
  store.account_ready = false;
  wake_up();
  settle();
  EXPECT_TRUE(offered().empty());
  pass(seconds{5});
  EXPECT_TRUE(offered().empty());
  EXPECT_EQ(statuses(), (std::vector<int>{queue::pending, queue::pending}));
  store.account_ready = true;
  wake_up();
  settle();
  answer_all(accepted());
  EXPECT_EQ(went_out, (std::vector{1, 2}));
}

TEST_F(ConversationSending, NobodyKnowsAndItIsNotSentAgain) {
  send(), send();
  settle();
  answer(uncertain());
  answer_all(accepted());
  EXPECT_EQ(statuses(), (std::vector<int>{queue::unknown, queue::sent}));
  pass(seconds{301});
  EXPECT_EQ(statuses(), (std::vector<int>{queue::given_up, queue::sent}));
  EXPECT_EQ(went_out, (std::vector{1, 2}));
}

/// As a reaction.
TEST_F(ConversationSending, NobodyKnowsAndItIsSentAgainWhereThatDoesNoHarm) {
  store.messages.emplace_back().repeatable = true;
  send();
  settle();
  answer(uncertain());
  settle();
  EXPECT_EQ(statuses(), (std::vector<int>{queue::pending, queue::pending}));
  pass(seconds{2});
  answer_all(accepted());
  EXPECT_EQ(went_out, (std::vector{1, 1, 2}));
  EXPECT_EQ(statuses(), (std::vector<int>{queue::sent, queue::sent}));
}

TEST_F(ConversationSending, WhatIsSentAgainAndAgainInVainIsUncertain) {
  store.messages.emplace_back().repeatable = true;
  wake_up();
  for (int i = 0; i < 60; ++i) {
    settle();
    answer(uncertain());
    pass(seconds{1});
  }
  EXPECT_EQ(statuses(), std::vector<int>{queue::unknown}) << "a webhook may still tell";
}

TEST_F(ConversationSending, AskedAgainWhereTheAnswerGotLost) {
  store.faults = [](const std::string& operation) {
    return operation == "next" ? fault::in_doubt : fault::none;
  };
  send();
  settle();
  EXPECT_TRUE(offered().empty());
  store.faults = nullptr;
  pass(seconds{1});
  answer_all(accepted());
  EXPECT_EQ(went_out, std::vector{1});
  EXPECT_EQ(statuses(), std::vector<int>{queue::sent});
}

TEST_F(ConversationSending, EndsWhenTheConversationIsAnotherServers) {
  store.look_refused =
      problems::conflict("not_ours", "The conversation is not served by this server.");
  send();
  settle();
  EXPECT_EQ(living(), 0U);
  const auto asked = store.calls["next"];
  pass(seconds{5});
  EXPECT_EQ(store.calls["next"], asked);
}

TEST_F(ConversationSending, LooksAgainWhateverElseTheDatabaseRefuses) {
  for (const auto& why :
       {problems::conflict("conflict", "It contradicts."), problems::internal()}) {
    store.look_refused = why;
    send();
    settle();
    EXPECT_TRUE(offered().empty());
    store.look_refused.reset();
    pass(seconds{1});
    EXPECT_EQ(offered().size(), 1U) << why.code;
    answer_all(accepted());
  }
  EXPECT_EQ(went_out, (std::vector{1, 2}));
}

/// As when a scheduled message is due.
TEST_F(ConversationSending, TakesNothingBackWhenThereIsOnlyMoreToDo) {
  send();
  settle();
  wake_up(true);
  settle();
  EXPECT_EQ(desk->offers, 1) << "it keeps its turn";
  wake_up();
  settle();
  EXPECT_EQ(desk->offers, 2);
  EXPECT_EQ(offered().size(), 1U);
}

TEST_F(ConversationSending, RecordsWhenTheDatabaseIsBack) {
  send();
  settle();
  store.faults = [](const std::string&) { return fault::away; };
  answer(accepted());
  settle();
  pass(seconds{2});
  EXPECT_EQ(statuses(), std::vector<int>{queue::pending});
  store.faults = nullptr;
  pass(seconds{1});
  EXPECT_EQ(statuses(), std::vector<int>{queue::sent});
  EXPECT_EQ(went_out, std::vector{1});
  EXPECT_EQ(living(), 0U);
}

TEST_F(ConversationSending, AfterACrashSendsWhatWasNotClaimedAndNothingElse) {
  send(), send();
  settle();
  EXPECT_EQ(offered().size(), 1U);
  stop();
  resume();
  answer_all(accepted());
  EXPECT_EQ(statuses(), (std::vector<int>{queue::unknown, queue::sent}));
  EXPECT_EQ(went_out, std::vector{2});
  pass(seconds{301});
  EXPECT_EQ(statuses(), (std::vector<int>{queue::given_up, queue::sent}));
}

TEST_F(ConversationSending, ALateReportOnWhatAPredecessorOfferedIsNoneOnItsOwn) {
  for (int i = 0; i < 3; ++i) send();
  settle();
  stop();
  resume();
  settle();
  ASSERT_EQ(offered().size(), 1U);
  const auto asked = store.calls["next"];
  report(1, 0, accepted());
  settle();
  EXPECT_EQ(statuses(), (std::vector<int>{queue::sent, queue::pending, queue::pending}));
  EXPECT_EQ(store.calls["next"], asked) << "the second is still with the dispatcher";
  EXPECT_EQ(living(), 1U);
  answer_all(accepted());
  EXPECT_EQ(went_out, (std::vector{2, 3}));
  EXPECT_EQ(statuses(), (std::vector<int>{queue::sent, queue::sent, queue::sent}));
}

/// A mail that nobody had begun to write is offered again, for another attempt.
TEST_F(ConversationSending, ThatAPredecessorsOfferWasNotSentSaysNothingOfItsOwn) {
  send();
  settle();
  const auto attempt = offered().front().attempt;
  send_result held_back;
  held_back.what = send_result::certainty::not_sent;
  report(1, attempt - 1, held_back);
  report(1, attempt - 1, {}, true);
  settle();
  EXPECT_EQ(store.calls["record"], 0);
  EXPECT_EQ(offered().size(), 1U);
  answer_all(accepted());
  EXPECT_EQ(statuses(), std::vector{static_cast<int>(queue::sent)});
}

TEST_F(ConversationSending, ADrainLeavesNothingUncertain) {
  send(), send();
  settle();
  caf::anon_send(registry, drain{});
  run();
  EXPECT_EQ(living(), 1U);
  answer({}, true);
  settle();
  EXPECT_EQ(living(), 0U);
  EXPECT_EQ(statuses(), (std::vector<int>{queue::pending, queue::pending}));
  EXPECT_FALSE(store.messages[0].claim);
  stop();
  resume();
  pass(seconds{2});
  answer_all(accepted());
  EXPECT_EQ(statuses(), (std::vector<int>{queue::sent, queue::sent}));
  EXPECT_EQ(went_out, (std::vector{1, 2}));
}

TEST_F(ConversationSending, ADrainWhileItClaimsGivesTheClaimBack) {
  send();
  run();
  store.finish_all();  // taken
  run();
  caf::anon_send(registry, drain{});
  settle();
  EXPECT_EQ(living(), 0U);
  EXPECT_TRUE(offered().empty());
  EXPECT_FALSE(store.messages.at(0).claim);
  EXPECT_EQ(statuses(), std::vector<int>{queue::pending});
}

/// Random messages, answers, faults, crashes and drains: everything is sent in order, once, and
/// ends; only what was claimed when the server died is uncertain.
TEST(ConversationSendingLaw, NothingTwiceNothingLostInOrder) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    sending_world world;
    world.holds_at_start = seed % 2 == 0;
    world.store.faults = [&](const std::string&) {
      const auto draw = random() % 20;
      return draw == 0 ? fault::away : draw == 1 ? fault::in_doubt : fault::none;
    };
    for (int step = 0; step < 120; ++step) {
      switch (random() % 12) {
        case 0:
        case 1:
          world.send();
          break;
        case 2:
          world.answer(rejected(131000));
          break;
        case 3:
          world.answer(uncertain());
          break;
        case 4:
          if (random() % 4 == 0) {
            world.stop();
            world.resume();
          }
          break;
        case 5:
          world.advance(milliseconds{700});
          break;
        case 6:
          if (world.store.jobs() > 0) world.store.run_job();
          break;
        case 7:
          if (world.store.completions() > 0) world.store.complete();
          break;
        default:
          if (random() % 2 == 0)
            world.answer(accepted());
          else
            world.run();
      }
    }
    world.store.faults = nullptr;
    for (int i = 0; i < 400; ++i) {
      world.pass(seconds{1});
      world.answer_all(accepted());
    }
    for (std::size_t i = 0; i < world.store.messages.size(); ++i) {
      const auto& one = world.store.messages[i];
      EXPECT_FALSE(one.waits) << "seed " << seed << " message " << i + 1;
      EXPECT_NE(one.is, queue::pending) << "seed " << seed;
    }
    for (const auto& [number, times] : world.got_it)
      EXPECT_EQ(times, 1) << "seed " << seed << " message " << number;
    // What is tried again is tried before what comes after it.
    EXPECT_TRUE(std::is_sorted(world.went_out.begin(), world.went_out.end())) << "seed " << seed;
    EXPECT_EQ(world.living(), 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace omnistream::test
