#include "bench/graph_simulator/limits.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "bench/graph_simulator/callback_set.hpp"
#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

using namespace std::chrono_literals;

// The definition, word by word: the highest count in any (t - 1 s, t].
std::size_t highest_in_1s(const std::vector<instant>& accepted) {
  std::size_t highest = 0;
  for (std::size_t last = 0, first = 0; last < accepted.size(); ++last) {
    while (accepted[first] <= accepted[last] - 1s) ++first;
    highest = std::max(highest, last - first + 1);
  }
  return highest;
}

TEST(rate_window, never_takes_more_than_the_rate_in_any_second) {
  std::mt19937_64 random(7);
  for (const std::size_t mps : {1, 20, 80, 1000}) {
    rate_window window;
    std::vector<instant> accepted;
    instant now{};
    for (int i = 0; i < 20'000; ++i) {
      // Bursts and pauses of all lengths.
      now += instant{random() % 4 == 0 ? random() % (4'000'000 / mps) : random() % 100};
      if (!window.allows(now, mps)) continue;
      window.accept(now);
      accepted.push_back(now);
    }
    EXPECT_EQ(highest_in_1s(accepted), mps);
    EXPECT_EQ(window.highest(), mps);
  }
}

TEST(rate_window, knows_its_span_and_its_emptiest_second) {
  rate_window window;
  const auto accept_evenly = [&window](instant from, instant to, instant step) {
    for (auto at = from; at < to; at += step) window.accept(at);
  };
  accept_evenly(0s, 1s, 10ms);
  EXPECT_EQ(window.lowest(), 0u) << "no whole second yet";
  accept_evenly(1s, 3s, 10ms);
  EXPECT_EQ(window.lowest(), 99u) << "just before the hundredth of a second is accepted";
  accept_evenly(3s + 500ms, 4s, 10ms);
  EXPECT_EQ(window.lowest(), 49u);
  EXPECT_EQ(window.accepted(), 350u);
  EXPECT_EQ(window.span(), 3990ms);
  window.reset_figures();
  EXPECT_EQ(window.accepted(), 0u);
  EXPECT_EQ(window.lowest(), 0u);
}

TEST(rate_window, is_free_again_exactly_a_second_later) {
  rate_window window;
  for (int i = 0; i < 80; ++i) {
    ASSERT_TRUE(window.allows(instant{i}, 80));
    window.accept(instant{i});
  }
  EXPECT_FALSE(window.allows(instant{80}, 80));
  EXPECT_FALSE(window.allows(1s - instant{1}, 80));
  EXPECT_TRUE(window.allows(1s, 80));
  window.accept(1s);
  EXPECT_FALSE(window.allows(1s, 80));
}

TEST(rate_window, without_a_rate_it_only_counts) {
  rate_window window;
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(window.allows(instant{i}, std::nullopt));
    window.accept(instant{i});
  }
  EXPECT_EQ(window.highest(), 5000u);
  window.reset_figures();
  EXPECT_EQ(window.highest(), 0u);
}

TEST(pair_limit, lends_45_and_then_takes_one_per_6_s) {
  pair_limit pairs;
  for (int i = 0; i < 45; ++i) {
    ASSERT_TRUE(pairs.allows(1, 0s)) << i;
    pairs.accept(1, 0s);
  }
  EXPECT_FALSE(pairs.allows(1, 0s));
  EXPECT_FALSE(pairs.allows(1, 6s - instant{1}));
  EXPECT_TRUE(pairs.allows(1, 6s));
  pairs.accept(1, 6s);
  EXPECT_FALSE(pairs.allows(1, 6s));
  EXPECT_TRUE(pairs.allows(2, 6s)) << "another pair owes nothing";
}

TEST(pair_limit, a_burst_of_20_is_paid_back_after_two_minutes) {
  pair_limit pairs;
  for (int i = 0; i < 20; ++i) pairs.accept(1, 0s);
  for (int i = 0; i < 45; ++i) {
    ASSERT_TRUE(pairs.allows(1, 120s)) << i;
    pairs.accept(1, 120s);
  }
  EXPECT_FALSE(pairs.allows(1, 120s));
}

TEST(pair_limit, forgets_pairs_that_paid) {
  pair_limit pairs;
  for (int i = 0; i < 10'000; ++i) pairs.accept(static_cast<std::uint64_t>(i), instant{i * 1000});
  EXPECT_LE(pairs.size(), 6'002u) << "only those of the last six seconds";
}

TEST(callback_set, knows_what_it_has_seen) {
  callback_set seen;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    ASSERT_EQ(seen.insert(hash_text(std::to_string(i))), callback_set::outcome::added);
  for (std::uint64_t i = 0; i < 100'000; ++i)
    ASSERT_EQ(seen.insert(hash_text(std::to_string(i))), callback_set::outcome::known);
  EXPECT_EQ(seen.size(), 100'000u);
  seen.clear();
  EXPECT_EQ(seen.insert(hash_text("1")), callback_set::outcome::added);
  EXPECT_EQ(seen.insert(0), callback_set::outcome::added)
      << "a hash of zero is a hash like any other";
  EXPECT_EQ(seen.insert(0), callback_set::outcome::known);
}

}  // namespace
}  // namespace graph_simulator
