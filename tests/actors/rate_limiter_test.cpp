#include "actors/dispatch/rate_limiter.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using namespace std::chrono_literals;
using time_point = rate_limiter::time_point;
using std::chrono::nanoseconds;

constexpr time_point epoch{std::chrono::hours{1'000}};

/// What a referee at the far end sees: every grant with its time.
class referee {
 public:
  void count(time_point at, int granted) {
    for (int i = 0; i < granted; ++i) {
      ++total_;
      in_second_.push_back(at);
      while (in_second_.front() <= at - 1s) in_second_.pop_front();
      max_in_second_ = std::max(max_in_second_, static_cast<int>(in_second_.size()));
    }
    max_at_once_ = std::max(max_at_once_, granted);
  }
  int total() const { return total_; }
  int max_in_second() const { return max_in_second_; }
  int max_at_once() const { return max_at_once_; }

 private:
  std::deque<time_point> in_second_;
  int total_ = 0;
  int max_in_second_ = 0;
  int max_at_once_ = 0;
};

class rates : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(rate_limiter, rates, testing::Values(1, 20, 80, 1'000, 10'000));

TEST_P(rates, law_and_use_hold_under_irregular_polling) {
  const int rate = GetParam();
  for (unsigned seed = 1; seed <= 10; ++seed) {
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> poll_us(5'000, 10'000);
    rate_limiter limiter(rate);
    referee seen;
    for (auto now = epoch; now < epoch + 60s; now += std::chrono::microseconds{poll_us(random)})
      seen.count(now, limiter.take(now, 1'000'000));
    EXPECT_LE(seen.max_in_second(), rate) << "seed " << seed;
    EXPECT_GE(seen.total(), rate * 60 * 99 / 100) << "seed " << seed;
  }
}

TEST_P(rates, law_holds_for_any_mix_of_polls_idling_pauses_and_back_off) {
  const int rate = GetParam();
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    rate_limiter limiter(rate);
    referee seen;
    auto now = epoch;
    for (int step = 0; step < 2'000; ++step) {
      switch (draw(0, 99)) {
        case 0:
          now += std::chrono::milliseconds{draw(500, 5'000)};
          break;
        case 1:
          limiter.pause_until(now + std::chrono::milliseconds{draw(0, 2'000)});
          break;
        case 2:
          limiter.slow_down(now);
          break;
        case 3:
          now = std::max(now, limiter.next(now));
          break;
        default:
          now += std::chrono::microseconds{draw(0, 20'000)};
      }
      seen.count(now, limiter.take(now, draw(0, 2 * rate)));
    }
    EXPECT_LE(seen.max_in_second(), rate) << "seed " << seed;
  }
}

TEST_P(rates, sleeping_until_next_uses_the_rate_and_wakes_only_for_grants) {
  const int rate = GetParam();
  rate_limiter limiter(rate);
  referee seen;
  for (auto now = epoch; now < epoch + 20s;) {
    const int granted = limiter.take(now, 1);
    ASSERT_EQ(granted, 1) << "next() promised a grant";
    seen.count(now, granted);
    const auto wake = limiter.next(now);
    if (wake > now) {
      ASSERT_EQ(limiter.take(wake - 1ns, 1), 0) << "next() came too late";
    }
    now = wake;
  }
  EXPECT_LE(seen.max_in_second(), rate);
  EXPECT_GE(seen.total(), rate * 20 * 99 / 100);
}

TEST_P(rates, grants_are_spread_and_idling_earns_no_burst) {
  const int rate = GetParam();
  const auto interval = 1s / static_cast<double>(rate);
  const int burst = static_cast<int>(std::max<double>(1, 50ms / interval)) + 1;
  rate_limiter limiter(rate);
  referee seen;
  seen.count(epoch, limiter.take(epoch, 1'000'000));
  EXPECT_LE(seen.max_at_once(), burst);
  seen.count(epoch + 1h, limiter.take(epoch + 1h, 1'000'000));
  EXPECT_LE(seen.max_at_once(), burst);
  EXPECT_GE(seen.total(), 2);
}

/// The far end counts arrivals. Messages take a usual time and some of them longer; the limiter
/// hears of it when the answer is there.
TEST_P(rates, law_holds_at_the_far_end_when_late_answers_are_told) {
  const int rate = GetParam();
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&random](int from, int to) {
      return std::uniform_int_distribution<int>(from, to)(random);
    };
    rate_limiter limiter(rate);
    std::vector<time_point> arrivals;
    std::multimap<time_point, std::pair<time_point, nanoseconds>> answers;
    auto stalled_until = epoch;
    nanoseconds pause{};
    for (auto now = epoch; now < epoch + 20s; now += pause) {
      for (; !answers.empty() && answers.begin()->first <= now; answers.erase(answers.begin()))
        limiter.arrived_late(now, answers.begin()->second.first, answers.begin()->second.second);
      if (draw(0, 300) == 0) stalled_until = now + std::chrono::milliseconds{draw(1, 200)};
      // The caller itself may stall, and then hears of late answers before it asks again.
      pause = std::chrono::microseconds{draw(0, 300) == 0 ? draw(1, 200'000) : draw(500, 4'000)};
      for (int granted = limiter.take(now, 1'000'000); granted > 0; --granted) {
        const auto arrives = std::max(now + 10ms, stalled_until);
        arrivals.push_back(arrives);
        answers.emplace(arrives, std::pair{now, nanoseconds{arrives - now - 10ms}});
      }
    }
    std::sort(arrivals.begin(), arrivals.end());
    referee seen;
    for (const auto at : arrivals) seen.count(at, 1);
    EXPECT_LE(seen.max_in_second(), rate) << "seed " << seed;
    EXPECT_GE(seen.total(), rate * 20 * 80 / 100) << "seed " << seed;
  }
}

TEST(rate_limiter, a_late_arrival_counts_when_it_came_though_nothing_was_asked_meanwhile) {
  rate_limiter limiter(1);
  ASSERT_EQ(limiter.take(epoch, 1), 1);
  limiter.arrived_late(epoch + 300ms, epoch, 250ms);
  EXPECT_EQ(limiter.next(epoch + 300ms), epoch + 250ms + rate_limiter::window);
}

TEST(rate_limiter, late_arrivals_that_are_unknown_or_old_are_ignored) {
  rate_limiter limiter(20);
  limiter.arrived_late(epoch, epoch, 1s);
  ASSERT_EQ(limiter.take(epoch, 1), 1);
  limiter.arrived_late(epoch, epoch + 1ms, 1s);
  limiter.arrived_late(epoch, epoch - 1h, 1s);
  limiter.arrived_late(epoch, epoch, -1s);
  EXPECT_EQ(limiter.next(epoch), epoch);
}

TEST(rate_limiter, grants_no_more_than_wanted) {
  rate_limiter limiter(1'000);
  EXPECT_EQ(limiter.take(epoch, 3), 3);
  EXPECT_EQ(limiter.take(epoch, 0), 0);
  EXPECT_EQ(limiter.take(epoch, -5), 0);
}

TEST(rate_limiter, a_pause_is_kept_to_the_nanosecond_and_never_shortened) {
  for (const int rate : {0, 80}) {
    rate_limiter limiter(rate);
    limiter.pause_until(epoch + 5s);
    limiter.pause_until(epoch + 2s);
    EXPECT_EQ(limiter.next(epoch), epoch + 5s);
    EXPECT_EQ(limiter.take(epoch + 5s - 1ns, 1), 0);
    EXPECT_EQ(limiter.take(epoch + 5s, 1), 1);
  }
}

TEST(rate_limiter, unlimited_grants_everything) {
  rate_limiter limiter(0);
  EXPECT_EQ(limiter.take(epoch, 1'000'000), 1'000'000);
  EXPECT_EQ(limiter.next(epoch), epoch);
  limiter.slow_down(epoch);
  EXPECT_EQ(limiter.take(epoch, 1'000'000), 1'000'000);
}

TEST(rate_limiter, one_burst_of_refusals_slows_down_once) {
  rate_limiter limiter(100);
  for (int i = 0; i < 50; ++i) limiter.slow_down(epoch + i * 10ms);
  EXPECT_DOUBLE_EQ(limiter.current_rate(), 80);
}

TEST(rate_limiter, slowing_down_is_bounded_and_recovers_to_the_configured_rate) {
  rate_limiter limiter(100);
  auto now = epoch;
  for (int i = 0; i < 100; ++i) limiter.slow_down(now += 1s);
  EXPECT_GE(limiter.current_rate(), 1);
  EXPECT_LT(limiter.current_rate(), 12);
  const double slowest = limiter.current_rate();
  limiter.take(now += 10s, 1);
  EXPECT_NEAR(limiter.current_rate(), slowest + 20, 0.01);
  limiter.take(now += 1h, 1);
  EXPECT_DOUBLE_EQ(limiter.current_rate(), 100);
}

TEST(rate_limiter, a_slowed_number_sends_at_the_slower_rate) {
  rate_limiter limiter(1'000);
  limiter.slow_down(epoch);
  referee seen;
  for (auto now = epoch; now < epoch + 1s; now += 5ms) seen.count(now, limiter.take(now, 1'000));
  EXPECT_LE(seen.total(), 820);
  EXPECT_GE(seen.total(), 780);
}

TEST(rate_limiter, a_rate_of_one_is_never_slowed_below_one) {
  rate_limiter limiter(1);
  limiter.slow_down(epoch);
  EXPECT_DOUBLE_EQ(limiter.current_rate(), 1);
  EXPECT_EQ(limiter.take(epoch, 5), 1);
}

TEST(rate_limiter, changing_the_rate_keeps_the_law_over_the_change) {
  for (const auto& [before, after] :
       std::vector<std::pair<int, int>>{{80, 20}, {20, 80}, {1'000, 1}, {0, 80}}) {
    rate_limiter limiter(before);
    auto now = epoch;
    int granted_before = 0;
    for (int i = 0; i < 100; ++i) granted_before += limiter.take(now += 5ms, 10'000);
    EXPECT_GT(granted_before, 0);
    limiter.set_rate(after);
    EXPECT_EQ(limiter.rate(), after);
    int granted_after = 0;
    for (int i = 0; i < 90; ++i) granted_after += limiter.take(now += 5ms, 10'000);
    if (before != 0) {
      EXPECT_LE(granted_after, after - std::min(granted_before, after));
    }
    referee seen;
    for (int i = 0; i < 1'000; ++i) {
      now += 5ms;
      seen.count(now, limiter.take(now, 10'000));
    }
    EXPECT_LE(seen.max_in_second(), after);
    EXPECT_GE(seen.total(), after * 4);
  }
}

TEST(rate_limiter, bounds_are_clamped) {
  EXPECT_EQ(rate_limiter(-3).rate(), 0);
  EXPECT_EQ(rate_limiter(1'000'000).rate(), rate_limiter::messages_per_second_max);
}

TEST(rate_limiter, a_clock_that_steps_back_does_not_break_the_law) {
  rate_limiter limiter(20);
  int granted = 0;
  for (int i = 0; i < 200; ++i) granted += limiter.take(epoch - i * 10ms, 100);
  EXPECT_LE(granted, 20);
}

}  // namespace
}  // namespace omnistream::actors
