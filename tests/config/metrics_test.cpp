#include "config/base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omnistream {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(metrics, a_series_is_made_once_and_counted_by_its_labels) {
  auto& first = metrics::counter_of("test_things_total", "Things.", {{"kind", "a"}});
  auto& again = metrics::counter_of("test_things_total", "Things.", {{"kind", "a"}});
  auto& other = metrics::counter_of("test_things_total", "Things.", {{"kind", "b"}});
  EXPECT_EQ(&first, &again);
  first.add();
  again.add(2);
  other.add();
  EXPECT_THAT(metrics::render(), HasSubstr("test_things_total{kind=\"a\"} 3"));
  EXPECT_THAT(metrics::render(), HasSubstr("test_things_total{kind=\"b\"} 1"));
}

TEST(metrics, a_passing_series_is_shown_as_long_as_somebody_holds_it) {
  const metrics::labels number{{"number", "62812"}};
  auto one = metrics::passing_gauge("test_queue", "A queue.", number);
  auto two = metrics::passing_gauge("test_queue", "A queue.", number);
  const auto other = metrics::passing_gauge("test_queue", "A queue.", {{"number", "62813"}});
  auto sent = metrics::passing_counter("test_sent_total", "Sent.", number);
  one->set(3);
  other->set(4);
  sent->add(5);
  one.reset();
  EXPECT_THAT(metrics::render(), HasSubstr("test_queue{number=\"62812\"} 3"));
  two.reset();
  sent.reset();
  EXPECT_THAT(metrics::render(), Not(HasSubstr("62812")));
  EXPECT_THAT(metrics::render(), HasSubstr("test_queue{number=\"62813\"} 4"));
  sent = metrics::passing_counter("test_sent_total", "Sent.", number);
  sent->add();
  EXPECT_THAT(metrics::render(), HasSubstr("test_sent_total{number=\"62812\"} 1"));
}

TEST(metrics, a_collector_fills_before_every_rendering_until_it_dies) {
  int calls = 0;
  {
    metrics::collector filling(
        [&calls] { metrics::gauge_of("test_level", "A level.").set(++calls); });
    EXPECT_THAT(metrics::render(), HasSubstr("test_level 1"));
    EXPECT_THAT(metrics::render(), HasSubstr("test_level 2"));
  }
  EXPECT_THAT(metrics::render(), Not(HasSubstr("test_level 3")));
}

TEST(metrics, durations_fall_into_buckets) {
  metrics::seconds_of("test_duration_seconds", "How long.").observe(0.02);
  const auto text = metrics::render();
  EXPECT_THAT(text, HasSubstr("test_duration_seconds_bucket{le=\"0.01\"} 0"));
  EXPECT_THAT(text, HasSubstr("test_duration_seconds_bucket{le=\"0.025\"} 1"));
  EXPECT_THAT(text, HasSubstr("test_duration_seconds_count 1"));
}

}  // namespace
}  // namespace omnistream
