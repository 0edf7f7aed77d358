#include "http/api/typing_pauses.hpp"

#include <gtest/gtest.h>

namespace omnistream::http::api {
namespace {

using namespace std::chrono_literals;

class TypingPauses : public ::testing::Test {
 protected:
  /// "now", "later" or "" for what is to be done.
  std::string say(bool is_typing) {
    const auto verdict = pauses.say(chat, agent, is_typing, now);
    EXPECT_FALSE(verdict.now && verdict.later);
    return verdict.now ? "now" : verdict.later ? "later" : "";
  }

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
  EXPECT_TRUE(pauses.say(uuid{{9}}, agent, true, now).now) << "another conversation";
  EXPECT_FALSE(pauses.due(chat, agent, now));
}

TEST_F(TypingPauses, OweWhatWasSaidLast) {
  say(true), say(false);
  now += 1s;
  const auto verdict = pauses.say(chat, agent, true, now);
  EXPECT_FALSE(verdict.now);
  EXPECT_EQ(verdict.later, 2'000ms);
  EXPECT_EQ(say(true), "") << "somebody comes for it already";
  now += 2s;
  EXPECT_EQ(pauses.due(chat, agent, now), true);
  EXPECT_EQ(pauses.due(chat, agent, now), std::nullopt);
  EXPECT_EQ(say(true), "") << "it was told now";
}

TEST_F(TypingPauses, OweNothingThatIsNotSoAnyMore) {
  say(true), say(false);
  EXPECT_EQ(say(true), "later");
  EXPECT_EQ(say(false), "") << "as it was told";
  now += 3s;
  EXPECT_EQ(pauses.due(chat, agent, now), std::nullopt);
}

TEST_F(TypingPauses, RememberSoMuchAndNoMore) {
  for (std::size_t i = 0; i < typing_pauses::told_max; ++i)
    EXPECT_TRUE(pauses.say(uuid::v7(now), agent, true, now).now);
  EXPECT_EQ(say(true), "");
  now += 3s;
  EXPECT_EQ(say(true), "now");
}

}  // namespace
}  // namespace omnistream::http::api
