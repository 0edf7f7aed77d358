#include "bench/load/result_table.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "bench/load/progress.hpp"

namespace omnistream::load {
namespace {

TEST(readable, keeps_three_digits) {
  EXPECT_EQ(readable(0), "0");
  EXPECT_EQ(readable(7), "7");
  EXPECT_EQ(readable(0.98765), "0.988");
  EXPECT_EQ(readable(1.234), "1.23");
  EXPECT_EQ(readable(12.34), "12.3");
  EXPECT_EQ(readable(123.4), "123");
  EXPECT_EQ(readable(1234.5), "1,234");
  EXPECT_EQ(readable(1234567), "1,234,567");
  EXPECT_EQ(readable(-1234567), "-1,234,567");
  EXPECT_EQ(readable(NAN), "-");
}

TEST(aligned, puts_numbers_to_the_right) {
  EXPECT_EQ(
      aligned({{"what", "value"}, {"sent (/s)", "1,234"}, {"µs", "5"}, {"rate", "unlimited"}}),
      "what       value\n"
      "sent (/s)      1,234\n"
      "µs                 5\n"
      "rate       unlimited\n");
  EXPECT_EQ(aligned({}), "");
}

TEST(markdown, has_a_head) {
  EXPECT_EQ(markdown({{"what", "value"}, {"a", "1"}}), "| what | value |\n|---|---:|\n| a | 1 |\n");
}

TEST(rows_of, names_what_is_nested_and_its_unit) {
  const figures all{{"sent_per_s", 12345.6},
                    {"rate", "unlimited"},
                    {"cpu", {{"server_us", 12.5}}},
                    {"by_tenth_per_s", {1, 2}},
                    {"value", nullptr}};
  EXPECT_EQ(rows_of(all), (std::vector<std::vector<std::string>>{{"sent (/s)", "12,346"},
                                                                 {"rate", "unlimited"},
                                                                 {"cpu server (µs)", "12.5"},
                                                                 {"by tenth (/s)", "1  2"},
                                                                 {"value", "-"}}));
}

TEST(rows_of, tells_latencies_in_one_row) {
  const figures page{{"count", 10}, {"p50_ms", 1}, {"p90_ms", 2},
                     {"p99_ms", 3}, {"max_ms", 4}, {"too_short", true}};
  EXPECT_EQ(rows_of({{"campaign_page", page}}),
            (std::vector<std::vector<std::string>>{{"campaign page p50 / p90 / p99 / max (ms)",
                                                    "1 / 2 / 3 / 4  of 10, too few to tell p99"}}));
}

TEST(progress_bar, is_full_at_the_end) {
  EXPECT_EQ(progress_bar(0, 4, 4), "[....]   0 %  0 of 4");
  EXPECT_EQ(progress_bar(2, 4, 4), "[##..]  50 %  2 of 4");
  EXPECT_EQ(progress_bar(9, 4, 4), "[####] 100 %  9 of 4");
  EXPECT_EQ(progress_bar(0, 0, 4), "[....]   0 %  0 of 0");
}

}  // namespace
}  // namespace omnistream::load
