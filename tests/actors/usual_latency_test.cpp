#include "actors/dispatch/usual_latency.hpp"

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using namespace std::chrono_literals;

constexpr usual_latency::time_point begin{1h};

TEST(UsualLatency, TellsHowMuchLaterThanUsual) {
  usual_latency latency;
  EXPECT_EQ(latency.value(), 0ns);
  EXPECT_EQ(latency.note(begin, 10ms), 0ns) << "the first is the usual";
  EXPECT_EQ(latency.note(begin, 60ms), 50ms);
  EXPECT_EQ(latency.note(begin, 1ms), 0ns) << "early is not late";
  EXPECT_EQ(latency.value(), 10ms);
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

TEST(UsualLatency, TheHandshakeOfAFirstConnectionIsSoonForgotten) {
  usual_latency latency;
  latency.note(begin, 200ms);
  latency.note(begin + 50ms, 20ms);
  EXPECT_EQ(latency.note(begin + 60ms, 30ms), 10ms);
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
  usual_latency latency;
  latency.note(begin + 1s, 10ms);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(latency.note(begin, 1'010ms), 1'000ms);
  EXPECT_EQ(latency.value(), 10ms);
}

}  // namespace
}  // namespace omnistream::actors
