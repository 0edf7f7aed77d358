#include "actors/dispatch/send_budget.hpp"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

TEST(SendBudget, ANumberAloneGetsFourFifths) {
  send_budget budget(1'000);
  EXPECT_EQ(budget.take(5'000, 0), 800U);
  EXPECT_EQ(budget.take(1, 800), 0U);
  budget.give_back(100);
  EXPECT_EQ(budget.take(5'000, 700), 100U);
}

TEST(SendBudget, NoMoreIsTakenThanWanted) {
  send_budget budget(1'000);
  EXPECT_EQ(budget.take(3, 0), 3U);
  EXPECT_EQ(budget.take(0, 3), 0U);
}

TEST(SendBudget, ASecondNumberFindsRoom) {
  send_budget budget(1'000);
  EXPECT_EQ(budget.take(5'000, 0), 800U);
  EXPECT_EQ(budget.take(5'000, 0), 160U);
  EXPECT_EQ(budget.take(5'000, 0), 32U);
}

TEST(SendBudget, TheSmallestStillLetsOneThrough) {
  send_budget budget(1);
  EXPECT_EQ(budget.take(10, 0), 1U);
  EXPECT_EQ(budget.take(10, 0), 0U);
  EXPECT_EQ(budget.take(10, 1), 0U);
  budget.give_back(1);
  EXPECT_EQ(budget.take(10, 0), 1U);
}

TEST(SendBudget, TheWholeIsNeverExceededAndEndsUpShared) {
  for (const std::size_t max : {1U, 2U, 7U, 64U, 1'024U}) {
    send_budget budget(max);
    std::vector<std::size_t> held(5, 0);
    for (int round = 0; round < 400; ++round) {
      auto& mine = held[static_cast<std::size_t>(round) % held.size()];
      // Answers come in, and the number asks for as much as it can get.
      const auto answered = mine / 8;
      budget.give_back(answered);
      mine -= answered;
      mine += budget.take(10'000, mine);
      ASSERT_LE(std::accumulate(held.begin(), held.end(), std::size_t{0}), max);
    }
    if (max < 64) continue;
    for (const auto mine : held) EXPECT_GE(mine, max / 8) << "of " << max;
  }
}

}  // namespace
}  // namespace omnistream::actors
