#include "bench/graph_simulator/options.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace graph_simulator {
namespace {

std::optional<simulator_options> read(std::vector<const char*> arguments, int& exit_code) {
  arguments.insert(arguments.begin(), "graph-simulator");
  return read_options(static_cast<int>(arguments.size()), arguments.data(), exit_code);
}

TEST(options, defaults_need_no_flag) {
  int exit_code = -1;
  const auto options = read({}, exit_code);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mps, 80u);
  EXPECT_TRUE(options->pair_limit);
  EXPECT_EQ(options->statuses.delivered_share, 1);
  EXPECT_TRUE(options->webhook_url.empty());
}

TEST(options, every_flag_of_the_contract_is_read) {
  int exit_code = -1;
  const auto options = read({"--port",
                             "9001",
                             "--mps",
                             "unlimited",
                             "--token",
                             "t",
                             "--webhook-url",
                             "http://127.0.0.1:1/webhook",
                             "--app-secret",
                             "s",
                             "--seed",
                             "9",
                             "--latency-ms",
                             "3",
                             "--status-delay-ms",
                             "4",
                             "--delivered-share",
                             "0.5",
                             "--read-share",
                             "0.25",
                             "--failed-share",
                             "0.125",
                             "--duplicate-share",
                             "1",
                             "--shuffle",
                             "--pair-limit",
                             "off"},
                            exit_code);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->port, 9001);
  EXPECT_FALSE(options->mps);
  EXPECT_EQ(options->token, "t");
  EXPECT_EQ(options->app_secret, "s");
  EXPECT_EQ(options->statuses.seed, 9u);
  EXPECT_EQ(options->latency_ms, 3);
  EXPECT_EQ(options->statuses.status_delay_ms, 4);
  EXPECT_EQ(options->statuses.delivered_share, 0.5);
  EXPECT_EQ(options->statuses.read_share, 0.25);
  EXPECT_EQ(options->statuses.failed_share, 0.125);
  EXPECT_EQ(options->statuses.duplicate_share, 1);
  EXPECT_TRUE(options->statuses.shuffle);
  EXPECT_FALSE(options->pair_limit);
}

TEST(options, wrong_flags_end_with_2) {
  for (const auto& wrong :
       std::vector<std::vector<const char*>>{{"--mps", "0"},
                                             {"--mps", "fast"},
                                             {"--port", "70000"},
                                             {"--read-share", "1.5"},
                                             {"--colour", "red"},
                                             {"--pair-limit", "maybe"},
                                             {"--webhook-url", "localhost"},
                                             {"--webhook-url", "http://localhost/webhook"}}) {
    int exit_code = -1;
    EXPECT_FALSE(read(wrong, exit_code)) << wrong[0];
    EXPECT_EQ(exit_code, 2) << wrong[0];
  }
}

TEST(options, help_ends_with_0) {
  int exit_code = -1;
  EXPECT_FALSE(read({"--help"}, exit_code));
  EXPECT_EQ(exit_code, 0);
}

}  // namespace
}  // namespace graph_simulator
