#include "bench/load/latencies.hpp"

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

using namespace std::chrono_literals;

latencies from_1_to(int count) {
  latencies all;
  for (int i = count; i >= 1; --i) all.add(std::chrono::milliseconds{i});
  return all;
}

TEST(latencies, tells_the_sample_that_so_many_do_not_exceed) {
  const auto all = from_1_to(100);
  EXPECT_EQ(all.percentile_ms(0.5), 50);
  EXPECT_EQ(all.percentile_ms(0.99), 99);
  EXPECT_EQ(all.percentile_ms(0.991), 100);
  EXPECT_EQ(all.percentile_ms(0), 1);
  EXPECT_EQ(all.max_ms(), 100);
  EXPECT_EQ(from_1_to(1).percentile_ms(0.5), 1);
}

TEST(latencies, without_a_sample_is_nothing) {
  const latencies none;
  EXPECT_EQ(none.percentile_ms(0.99), 0);
  EXPECT_EQ(none.max_ms(), 0);
  EXPECT_FALSE(none.tells(0.5));
}

TEST(latencies, says_when_a_run_was_too_short) {
  EXPECT_FALSE(from_1_to(499).tells(0.99));
  EXPECT_TRUE(from_1_to(500).tells(0.99));
  EXPECT_TRUE(from_1_to(10).tells(0.5));
  EXPECT_TRUE(from_1_to(499).to_json().contains("too_short"));
  EXPECT_FALSE(from_1_to(500).to_json().contains("too_short"));
}

TEST(latencies, goes_on_after_it_was_asked) {
  auto all = from_1_to(10);
  EXPECT_EQ(all.max_ms(), 10);
  all.add(1us);
  EXPECT_EQ(all.percentile_ms(0), 0.001);
  all.add(from_1_to(20));
  EXPECT_EQ(all.count(), 31u);
  EXPECT_EQ(all.max_ms(), 20);
}

TEST(latencies, bounds_what_a_sample_can_be) {
  latencies all;
  all.add(-5ms);
  EXPECT_EQ(all.max_ms(), 0);
  all.add(std::chrono::hours{100});
  EXPECT_NEAR(all.max_ms(), 4'294'967.295, 0.001);
}

}  // namespace
}  // namespace omnistream::load
