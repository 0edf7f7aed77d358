#include "http/api/typing_pauses.hpp"

#include <gtest/gtest.h>

namespace omnistream::http::api {
namespace {

using namespace std::chrono_literals;
using enum typing_pauses::outcome;

class TypingPauses : public ::testing::Test {
 protected:
  /// "now", "later" or "" for what is to be done.
  std::string say(bool is_typing) {
    const auto verdict = pauses.say(chat, agent, is_typing, now);
    EXPECT_FALSE(verdict.now && verdict.later);
    if (verdict.now) end(told);
    return verdict.now ? "now" : verdict.later ? "later" : "";
  }

  std::optional<std::chrono::milliseconds> end(typing_pauses::outcome how) {
    return pauses.ended(chat, agent, how, now);
  }
  void say_elsewhere(const uuid& other) {
    EXPECT_TRUE(pauses.say(other, agent, true, now).now);
    pauses.ended(other, agent, told, now);
  }
  std::optional<bool> due() { return pauses.due(chat, agent, now); }

  const uuid chat{{1}}, agent{{2}};
  timestamp now{std::chrono::hours{500'000}};
  typing_pauses pauses;
};

TEST_F(TypingPauses, TellEachStateOnceInAPause) {
  EXPECT_EQ(say(true), "now");
  EXPECT_EQ(say(true), "");
  EXPECT_EQ(say(false), "now");
  EXPECT_EQ(say(false), "");
  now += 3s;
  EXPECT_EQ(say(false), "now");
  EXPECT_EQ(say(true), "now");
  say_elsewhere(uuid{{9}});
  EXPECT_FALSE(due());
}

TEST_F(TypingPauses, OweWhatWasSaidLast) {
  say(true), say(false);
  now += 1s;
  const auto verdict = pauses.say(chat, agent, true, now);
  EXPECT_FALSE(verdict.now);
  EXPECT_EQ(verdict.later, 2'000ms);
  EXPECT_EQ(say(true), "") << "somebody comes for it already";
  now += 2s;
  EXPECT_EQ(due(), true);
  EXPECT_EQ(end(told), std::nullopt);
  EXPECT_EQ(due(), std::nullopt);
  EXPECT_EQ(say(true), "") << "it was told now";
}

TEST_F(TypingPauses, OweNothingThatIsNotSoAnyMore) {
  say(true), say(false);
  EXPECT_EQ(say(true), "later");
  EXPECT_EQ(say(false), "") << "as it was told";
  now += 3s;
  EXPECT_EQ(due(), std::nullopt);
}

TEST_F(TypingPauses, OweWhatCouldNotBeTold) {
  say(true), say(false);
  EXPECT_EQ(say(true), "later");
  now += 3s;
  EXPECT_EQ(due(), true);
  EXPECT_EQ(end(failed), 1'000ms);
  now += 1s;
  EXPECT_EQ(due(), true);
  EXPECT_EQ(end(told), std::nullopt);
  EXPECT_EQ(due(), std::nullopt);
}

TEST_F(TypingPauses, GiveUpWhatCannotBeTold) {
  say(true), say(false), say(true);
  now += 3s;
  for (int i = 0; i < typing_pauses::retries_max; ++i, now += 1s) {
    EXPECT_EQ(due(), true);
    EXPECT_EQ(end(failed), 1'000ms);
  }
  EXPECT_EQ(due(), true);
  EXPECT_EQ(end(failed), std::nullopt);
  EXPECT_EQ(say(true), "now") << "as nobody was told";
}

TEST_F(TypingPauses, TellAtOnceWhatWasRefusedWhenItIsSaidAgain) {
  EXPECT_TRUE(pauses.say(chat, agent, true, now).now);
  EXPECT_EQ(end(refused), std::nullopt) << "whoever said it knows";
  EXPECT_EQ(say(true), "now");
}

TEST_F(TypingPauses, TellWhatWasRefusedToOneAndPromisedToAnother) {
  EXPECT_TRUE(pauses.say(chat, agent, false, now).now);
  EXPECT_EQ(say(false), "") << "it is on its way";
  EXPECT_EQ(end(refused), 1'000ms);
  EXPECT_EQ(due(), false);
}

/// Otherwise the database might take them in the other order.
TEST_F(TypingPauses, TellOneThingAfterTheOther) {
  EXPECT_TRUE(pauses.say(chat, agent, true, now).now);
  EXPECT_EQ(say(false), "") << "the other is on its way";
  EXPECT_EQ(due(), std::nullopt);
  EXPECT_EQ(end(told), 0ms);
  EXPECT_EQ(due(), false);
  EXPECT_EQ(say(true), "");
  EXPECT_EQ(end(told), 3'000ms) << "told a pause ago at the earliest";
  now += 3s;
  EXPECT_EQ(due(), true);
}

TEST_F(TypingPauses, ForgetWhatFailedWhenSomethingElseWasSaid) {
  EXPECT_TRUE(pauses.say(chat, agent, true, now).now);
  say(false);
  EXPECT_EQ(end(failed), 1'000ms);
  EXPECT_EQ(due(), false);
  EXPECT_EQ(end(told), std::nullopt);
}

TEST_F(TypingPauses, RememberSoMuchAndNoMore) {
  for (std::size_t i = 0; i < typing_pauses::told_max; ++i) say_elsewhere(uuid::v7(now));
  EXPECT_EQ(say(true), "");
  now += 3s;
  EXPECT_EQ(say(true), "now");
}

}  // namespace
}  // namespace omnistream::http::api
