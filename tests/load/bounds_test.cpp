#include "bench/load/bounds.hpp"

#include <set>

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

constexpr auto at_least = bound_rule::direction::at_least;
constexpr auto at_most = bound_rule::direction::at_most;

const std::vector<bound_rule> rules{{"fast", "broadcast", "/ratio", at_least, 0.5, "ratio"},
                                    {"short", "broadcast", "/page/p99_ms", at_most, 50, "ms"}};

figures judged_with(const figures& broadcast) {
  return judge({{"figures", {{"broadcast", broadcast}}}, {"errors", figures::object()}}, rules);
}

TEST(judge, writes_what_was_asked_for) {
  const auto judged = judged_with({{"ratio", 0.6}, {"page", {{"p99_ms", 51}}}});
  EXPECT_EQ(judged, figures::parse(R"([
    {"name": "fast", "value": 0.6, "bound": 0.5, "unit": "ratio", "holds": true},
    {"name": "short", "value": 51, "bound": 50.0, "unit": "ms", "holds": false}])"));
}

TEST(judge, takes_the_bound_itself) {
  const auto judged = judged_with({{"ratio", 0.5}, {"page", {{"p99_ms", 50}}}});
  EXPECT_TRUE(judged[0]["holds"]);
  EXPECT_TRUE(judged[1]["holds"]);
}

TEST(judge, does_not_let_a_missing_figure_hold) {
  const auto judged = judged_with({{"ratio", 0.6}});
  EXPECT_TRUE(judged[1]["value"].is_null());
  EXPECT_FALSE(judged[1]["holds"]);
}

TEST(judge, tells_a_failed_step_from_one_that_was_left_out) {
  const figures failed{{"figures", figures::object()}, {"errors", {{"broadcast", "why"}}}};
  ASSERT_EQ(judge(failed, rules).size(), 2u);
  EXPECT_FALSE(judge(failed, rules)[0]["holds"]);
  const figures left_out{{"figures", figures::object()}, {"errors", figures::object()}};
  EXPECT_TRUE(judge(left_out, rules).empty());
}

TEST(all_bounds, have_names_of_their_own) {
  std::set<std::string> names;
  for (const auto& rule : all_bounds()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    EXPECT_EQ(rule.value[0], '/') << rule.name;
  }
}

TEST(bound_rows, show_the_direction) {
  const auto& rule = all_bounds().front();
  const auto rows = bound_rows(figures::array({{{"name", rule.name},
                                                {"value", 0.25},
                                                {"bound", rule.bound},
                                                {"unit", rule.unit},
                                                {"holds", false}}}));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1], (std::vector<std::string>{rule.name, "0.250 ratio", "≥ 0.500 ratio", "NO"}));
}

}  // namespace
}  // namespace omnistream::load
