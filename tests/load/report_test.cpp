#include "bench/load/report.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

figures a_broadcast(int recipients, double per_s) {
  return {{"recipients", recipients}, {"numbers", 1},
          {"rate", "unlimited"},      {"statuses", "none"},
          {"sent_per_s", per_s},      {"cpu_per_message", {{"server_us", 40}}}};
}

figures a_run() {
  auto slow = a_broadcast(5'000, 1'000);
  slow["rate"] = 1'000;
  return {
      {"bounds", figures::array()},
      {"machine",
       {{"time", "2026-01-02T03:04:05Z"},
        {"processors", 2},
        {"processor", "X"},
        {"memory_gb", 4.0},
        {"kernel", "Linux"},
        {"load_average_before", 0.1}}},
      {"extent", "quick"},
      {"figures",
       {{"ceiling", {{"simulator_messages_per_s", 30'000}}},
        {"broadcast_large", a_broadcast(20'000, 9'000)},
        {"broadcast_small", a_broadcast(1'000, 8'000)},
        {"steady", slow},
        {"webhooks",
         {{"offered",
           {{"3300", {{"p50_ms", 1}, {"p99_ms", 9}}}, {"500", {{"p50_ms", 2}, {"p99_ms", 3}}}}}}}}},
      {"errors", {{"restart", "it did not start"}}}};
}

TEST(report, plots_unlimited_broadcasts_by_size_and_half_the_ceiling) {
  const auto chart = throughput_over_recipients(a_run());
  ASSERT_EQ(chart.lines.size(), 2u);
  EXPECT_EQ(chart.lines[0].points,
            (std::vector<std::pair<double, double>>{{1'000, 8'000}, {20'000, 9'000}}));
  EXPECT_EQ(chart.lines[1].points,
            (std::vector<std::pair<double, double>>{{1'000, 15'000}, {20'000, 15'000}}));
}

TEST(report, plots_latencies_by_load) {
  const auto chart = latency_over_load(a_run());
  ASSERT_EQ(chart.lines.size(), 2u);
  EXPECT_EQ(chart.lines[1].points, (std::vector<std::pair<double, double>>{{500, 3}, {3'300, 9}}));
}

TEST(report, has_no_line_for_what_was_not_measured) {
  auto run = a_run();
  run["figures"] = figures::object();
  EXPECT_TRUE(latency_over_load(run).lines[0].points.empty());
  EXPECT_TRUE(throughput_over_recipients(run).lines[0].points.empty());
}

TEST(report, tells_machine_cost_and_failures) {
  const auto text = run_markdown(a_run());
  EXPECT_NE(text.find("2 processors (X)"), std::string::npos);
  EXPECT_NE(text.find("| broadcast_large | 9,000 | 40 |"), std::string::npos) << text;
  EXPECT_NE(text.find("Step restart failed: it did not start"), std::string::npos);
}

TEST(report, tells_the_cost_of_outgoing_events) {
  auto run = a_run();
  EXPECT_EQ(run_markdown(run).find("outgoing event"), std::string::npos);
  run["figures"]["outgoing_crowd"] = {{"events_per_s", 1'000},
                                      {"cpu_per_event", {{"server_us", 70}}}};
  EXPECT_NE(run_markdown(run).find("| crowd of subscribers | 1,000 | 70 |"), std::string::npos);
}

TEST(with_figures, replaces_what_is_between_the_markers) {
  EXPECT_EQ(with_figures("a\n<!-- figures -->\nold\n<!-- /figures -->\nb\n", "new\n"),
            "a\n<!-- figures -->\nnew\n<!-- /figures -->\nb\n");
  EXPECT_THROW(with_figures("nothing of the kind", "new"), std::runtime_error);
  EXPECT_THROW(with_figures("<!-- /figures --><!-- figures -->", "new"), std::runtime_error);
}

}  // namespace
}  // namespace omnistream::load
