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

TEST(UsualLatency, APauseDoesNotBecomeTheUsual) {
  usual_latency latency;
  for (auto sent = begin; sent < begin + 10s; sent += 1ms) latency.note(sent, 10ms);
  // For a tenth of a second nothing comes back; then all of it at once.
  auto sent = begin + 10s;
  for (auto late = 100ms; late > 0ms; late -= 1ms, sent += 1ms)
    EXPECT_GE(latency.note(sent, 10ms + late), late - 2ms);
}

TEST(UsualLatency, FollowsAWayThatBecomesLonger) {
  usual_latency latency;
  for (auto sent = begin; sent < begin + 10s; sent += 1ms) latency.note(sent, 10ms);
  for (auto sent = begin + 10s; sent < begin + 40s; sent += 50ms) latency.note(sent, 300ms);
  EXPECT_EQ(std::chrono::round<std::chrono::milliseconds>(latency.value()), 299ms);
  latency.note(begin + 1h, 20ms);
  EXPECT_EQ(latency.value(), 20ms) << "what was an hour ago does not matter";
}

}  // namespace
}  // namespace omnistream::actors
