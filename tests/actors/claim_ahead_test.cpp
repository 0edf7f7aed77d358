#include "actors/campaign/claim_ahead.hpp"

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using std::chrono::milliseconds;

TEST(ClaimAhead, IsAFifthOfASecondWithinBounds) {
  const claim_ahead ahead;
  EXPECT_EQ(ahead.messages(1'000, 1'000), 200);
  EXPECT_EQ(ahead.messages(80, 1'000), 20) << "a claim is still a batch";
  EXPECT_EQ(ahead.messages(1, 1'000), 20);
  EXPECT_EQ(ahead.messages(10'000, 1'000), 1'000) << "no more than one claim may take";
  EXPECT_EQ(ahead.messages(0, 1'000), 1'000) << "unlimited";
  EXPECT_EQ(ahead.messages(1'000, 1), 20);
}

TEST(ClaimAhead, GrowsWithSlowClaimsAndForgetsThem) {
  claim_ahead ahead;
  ahead.note(milliseconds{100});
  EXPECT_EQ(ahead.messages(1'000, 1'000), 400);
  ahead.note(milliseconds{30'000});
  EXPECT_EQ(ahead.messages(1'000, 1'000), 500) << "at most half a second";
  for (int i = 0; i < 100; ++i) ahead.note(milliseconds{5});
  EXPECT_EQ(ahead.messages(1'000, 1'000), 200);
}

}  // namespace
}  // namespace omnistream::actors
