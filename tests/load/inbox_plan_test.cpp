#include "bench/load/inbox_plan.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

std::int64_t planned(const inbox_plan& plan, const list_filter& filter) {
  std::int64_t count = 0;
  for (const auto& [one, how_many] : plan.tally())
    if (filter.fits(one)) count += how_many;
  return count;
}

TEST(inbox_plan, counts_what_it_plans) {
  const inbox_plan plan(3'000);
  std::map<planned_conversation, std::int64_t> counted;
  for (std::int64_t n = 0; n < 3'000; ++n) ++counted[plan.at(n)];
  EXPECT_EQ(plan.tally(), counted);
  EXPECT_EQ(planned(plan, {}), 3'000);
}

TEST(inbox_plan, has_many_and_few_of_each_kind) {
  const inbox_plan plan(1'000'000);
  EXPECT_EQ(planned(plan, {.agent = "busy", .division = "sales", .tag = "often"}), 100'000);
  EXPECT_EQ(planned(plan, {.division = "support"}), 299'950);
  EXPECT_EQ(planned(plan, {.agent = "busy", .division = "support", .tag = "often"}), 50);
  for (const auto& filter : {list_filter{.agent = "calm"}, {.division = "events"}, {.tag = "rare"}})
    EXPECT_EQ(planned(plan, filter), 50) << filter.name();
}

TEST(listed_of, knows_the_most_of_a_list_and_who_sees_what) {
  const inbox_plan plan(20'000);
  EXPECT_EQ(listed_of(plan, {}), listed_max);
  EXPECT_EQ(listed_of(plan, {.channel = "email"}), 0);
  EXPECT_EQ(listed_of(plan, {.division = "support", .as_agent = true}), 50);
  EXPECT_EQ(listed_of(plan, {.agent = "calm", .as_agent = true}), 0);
}

TEST(all_filters, differ) {
  std::set<std::string> names;
  for (const auto& filter : all_filters())
    EXPECT_TRUE(names.insert(filter.name()).second) << filter.name();
  EXPECT_TRUE(names.contains("all"));
  EXPECT_TRUE(names.contains("agent busy, division support, tag often (as an agent)"));
  EXPECT_EQ((list_filter{.agent = "busy", .tag = "rare"}.kind()), "agent, tag");
}

TEST(pages_of, reach_from_the_first_to_the_last) {
  const auto shown = [](std::int64_t listed) {
    std::string text;
    for (const auto& page : pages_of(listed))
      text += page.name + " " + std::to_string(page.page) + ": " +
              std::to_string(page.shown_of(listed)) + "; ";
    return text;
  };
  EXPECT_EQ(shown(0), "first 1: 0; ");
  EXPECT_EQ(shown(21), "first 1: 20; last 2: 1; ");
  EXPECT_EQ(shown(5'000), "first 1: 20; middle 125: 20; last 250: 20; last of 100 50: 100; ");
}

}  // namespace
}  // namespace omnistream::load
