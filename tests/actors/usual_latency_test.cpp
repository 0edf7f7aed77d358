#include "actors/dispatch/usual_latency.hpp"

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using namespace std::chrono_literals;

constexpr usual_latency::time_point begin{1h};

/// A second of answers that take so long.
usual_latency used_to(std::chrono::milliseconds way) {
  usual_latency latency;
  for (auto sent = begin - 2s; sent < begin; sent += 10ms) latency.note(sent, way);
  return latency;
}

TEST(UsualLatency, TellsHowMuchLaterThanUsual) {
  EXPECT_EQ(usual_latency().value(), 0ns);
  auto latency = used_to(10ms);
  EXPECT_EQ(latency.value(), 10ms);
  EXPECT_EQ(latency.note(begin, 60ms), 50ms);
  EXPECT_EQ(latency.note(begin, 1ms), 0ns) << "early is not late";
  EXPECT_EQ(latency.value(), 10ms);
}

/// The first ones made connections; those of the next second will not, and arrive earlier.
TEST(UsualLatency, KnowsNothingInTheFirstSecond) {
  usual_latency latency;
  EXPECT_EQ(latency.note(begin, 200ms), 200ms);
  EXPECT_EQ(latency.value(), 200ms);
  for (auto sent = begin; sent < begin + 1s; sent += 50ms)
    EXPECT_EQ(latency.note(sent, 20ms), 20ms);
  EXPECT_EQ(latency.note(begin + 1s, 30ms), 10ms);
  EXPECT_EQ(latency.note(begin + 1h, 30ms), 30ms) << "after an hour it is a first second again";
}

TEST(UsualLatency, AStallDoesNotBecomeTheUsual) {
  usual_latency latency;
  for (auto sent = begin; sent < begin + 10s; sent += 1ms) latency.note(sent, 10ms);
  // For two seconds nothing comes back; then all of it at once.
  auto sent = begin + 10s;
  for (auto late = 2'000ms; late > 0ms; late -= 1ms, sent += 1ms)
    EXPECT_EQ(latency.note(sent, 10ms + late), late);
  EXPECT_EQ(latency.note(sent, 12ms), 2ms);
}

TEST(UsualLatency, FollowsAWayThatBecomesLonger) {
  usual_latency latency;
  for (auto sent = begin; sent < begin + 10s; sent += 1ms) latency.note(sent, 10ms);
  for (auto sent = begin + 10s; sent < begin + 13s; sent += 50ms) latency.note(sent, 300ms);
  EXPECT_EQ(latency.value(), 300ms);
  latency.note(begin + 1h, 20ms);
  EXPECT_EQ(latency.value(), 20ms) << "what was an hour ago does not matter";
}

TEST(UsualLatency, TakesAnswersOutOfOrder) {
  auto latency = used_to(10ms);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(latency.note(begin - 1s, 1'010ms), 1'000ms);
  EXPECT_EQ(latency.value(), 10ms);
}

}  // namespace
}  // namespace omnistream::actors
