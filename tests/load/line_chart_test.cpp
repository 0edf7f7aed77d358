#include "bench/load/line_chart.hpp"

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

TEST(axis_ticks, are_round_and_cover_both_ends) {
  EXPECT_EQ(axis_ticks(0, 12'000, false),
            (std::vector<double>{0, 2'000, 4'000, 6'000, 8'000, 10'000, 12'000}));
  const auto ticks = axis_ticks(0, 0.7, false);
  EXPECT_EQ(ticks.front(), 0);
  EXPECT_GE(ticks.back(), 0.7);
  EXPECT_LE(ticks.size(), 9u);
}

TEST(axis_ticks, are_decades_where_the_axis_is_logarithmic) {
  EXPECT_EQ(axis_ticks(1'000, 1'000'000'000, true),
            (std::vector<double>{1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}));
  EXPECT_EQ(axis_ticks(0.6, 9, true), (std::vector<double>{0.5, 1, 2, 5, 10}));
}

TEST(axis_ticks, end_for_a_single_value) {
  EXPECT_GE(axis_ticks(5, 5, false).back(), 5);
  EXPECT_GE(axis_ticks(5, 5, true).back(), 5);
  EXPECT_FALSE(axis_ticks(0, 0, false).empty());
}

TEST(svg, draws_every_point) {
  const auto drawn =
      svg({"A <title> & more", {"x", true}, {"y", false}, {{"one", {{1, 2}, {10, 4}}}}});
  EXPECT_TRUE(drawn.starts_with("<svg xmlns="));
  EXPECT_TRUE(drawn.ends_with("</svg>\n"));
  EXPECT_NE(drawn.find("A &lt;title> &amp; more"), std::string::npos);
  std::size_t circles = 0;
  for (auto at = drawn.find("<circle"); at != std::string::npos; at = drawn.find("<circle", at + 1))
    ++circles;
  EXPECT_EQ(circles, 2u);
  EXPECT_EQ(drawn.find("nan"), std::string::npos);
}

TEST(svg, is_an_empty_frame_without_points) {
  const auto drawn = svg({"Nothing", {"x", true}, {"y", true}, {{"one", {}}}});
  EXPECT_EQ(drawn.find("nan"), std::string::npos);
  EXPECT_EQ(drawn.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace omnistream::load
