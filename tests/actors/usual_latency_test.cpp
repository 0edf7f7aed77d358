#include "actors/dispatch/usual_latency.hpp"

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr usual_latency::time_point begin{1h};

/// Two seconds of answers that take so long.
usual_latency used_to(std::chrono::milliseconds way) {
  usual_latency latency;
  for (auto sent = begin - 2s; sent < begin; sent += 10ms) latency.note(sent, way);
  EXPECT_TRUE(latency.take_late(begin).empty());
  return latency;
}

/// By how much this one answer is late; 0 if it is not.
nanoseconds late(usual_latency& of, usual_latency::time_point sent, nanoseconds latency) {
  of.note(sent, latency);
  const auto list = of.take_late(sent + latency);
  if (list.empty()) return 0ns;
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(list.front().sent, sent);
  return list.front().by;
}

TEST(UsualLatency, TellsHowMuchLaterThanUsual) {
  EXPECT_EQ(usual_latency().value(), 0ns);
  auto latency = used_to(10ms);
  EXPECT_EQ(latency.value(), 10ms);
  EXPECT_EQ(late(latency, begin, 60ms), 50ms);
  EXPECT_EQ(late(latency, begin, 1ms), 0ns) << "early is not late";
  EXPECT_EQ(latency.value(), 10ms);
}

/// The first ones made connections; those of the next second will not, and arrive earlier.
TEST(UsualLatency, JudgesTheFirstSecondWhenItIsOver) {
  usual_latency latency;
  latency.note(begin, 200ms);
  EXPECT_EQ(latency.value(), 200ms);
  for (auto sent = begin + 50ms; sent < begin + 900ms; sent += 50ms) latency.note(sent, 20ms);
  EXPECT_TRUE(latency.take_late(begin + 999ms).empty());
  const auto list = latency.take_late(begin + 1s);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.front().sent, begin);
  EXPECT_EQ(list.front().by, 180ms);
  EXPECT_TRUE(latency.take_late(begin + 1s).empty()) << "told once";
  latency.note(begin + 1h, 30ms);
  EXPECT_TRUE(latency.take_late(begin + 1h + 500ms).empty())
      << "after an hour it is a first second again";
}

TEST(UsualLatency, AStallDoesNotBecomeTheUsual) {
  usual_latency latency;
  for (auto sent = begin; sent < begin + 10s; sent += 1ms) latency.note(sent, 10ms);
  latency.take_late(begin + 10s);
  // For two seconds nothing comes back; then all of it at once.
  auto sent = begin + 10s;
  for (auto by = 2'000ms; by > 0ms; by -= 1ms, sent += 1ms)
    EXPECT_EQ(late(latency, sent, 10ms + by), by);
  EXPECT_EQ(late(latency, sent, 12ms), 2ms);
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
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(late(latency, begin - 1s, 1'010ms), 1'000ms);
  EXPECT_EQ(latency.value(), 10ms);
}

}  // namespace
}  // namespace omnistream::actors
