#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "bench/graph_simulator/webhook_batch.hpp"
#include "bench/load/broadcast.hpp"
#include "bench/load/campaigns.hpp"
#include "bench/load/pacing.hpp"
#include "bench/load/status_webhooks.hpp"
#include "bench/load/test_bed.hpp"
#include "bench/load/wrk.hpp"

namespace omnistream::load {
namespace {

TEST(recipients_body, has_variables_for_every_number) {
  const auto body = nlohmann::json::parse(recipients_body(98, 4));
  ASSERT_EQ(body["phone_numbers"].size(), 4u);
  EXPECT_EQ(body["phone_numbers"][0], "+6281200000098");
  for (const auto& number : body["phone_numbers"])
    EXPECT_EQ(body["variables"][number.get<std::string>()].size(), 2u);
}

TEST(campaign_counts, add_up) {
  campaign_counts sum;
  sum.add(
      {{"status", "completed"}, {"total_recipients", 5}, {"sent_count", 4}, {"failed_count", 1}});
  EXPECT_TRUE(sum.all_ended);
  sum.add({{"status", "sending"}, {"total_recipients", 7}, {"sent_count", 2}});
  EXPECT_FALSE(sum.all_ended);
  EXPECT_EQ(sum.total, 12);
  EXPECT_EQ(sum.sent, 6);
  EXPECT_EQ(sum.failed, 1);
  EXPECT_THROW(sum.add({{"status", "sending"}, {"pause_reason", "Meta says no."}}),
               std::runtime_error);
}

TEST(life_of, has_each_status_once_and_in_order) {
  for (const std::size_t count : {1u, 3u, 5'000u}) {
    std::vector<std::string> lives(count);
    for (const auto& one : life_of(10, count)) lives.at(one.message - 10) += one.status;
    for (const auto& life : lives) EXPECT_EQ(life, "sentdeliveredread");
  }
}

TEST(make_webhooks, batches_and_signs) {
  const std::vector<known_message> messages{{"id-0", "wamid.0", "628"}, {"id-1", "wamid.1", "629"}};
  const auto all = make_webhooks(messages, life_of(0, 2), 4);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].statuses, 4u);
  EXPECT_EQ(all[1].statuses, 2u);
  const auto body = nlohmann::json::parse(all[0].body);
  const auto& changes = body["entry"][0]["changes"];
  ASSERT_EQ(changes.size(), 4u);
  const auto& status = changes[0]["value"]["statuses"][0];
  EXPECT_EQ(status["id"], "wamid.0");
  EXPECT_EQ(status["status"], "sent");
  EXPECT_EQ(status["biz_opaque_callback_data"], "id-0");
  EXPECT_NE(all[0].headers, nullptr);
}

TEST(parse_wrk, reads_the_last_line) {
  EXPECT_EQ(parse_wrk("Running 5s test\n  1 threads\n{\"requests\":1000,\"duration_us\":500000,"
                      "\"errors\":0,\"refused\":0}\n"),
            2'000);
}

TEST(parse_wrk, takes_no_figure_with_errors) {
  EXPECT_THROW(parse_wrk("{\"requests\":9,\"duration_us\":5,\"errors\":1,\"refused\":0}"),
               std::runtime_error);
  EXPECT_THROW(parse_wrk("{\"requests\":9,\"duration_us\":5,\"errors\":0,\"refused\":9}"),
               std::runtime_error);
  EXPECT_THROW(parse_wrk("{\"requests\":9,\"duration_us\":0,\"errors\":0,\"refused\":0}"),
               std::runtime_error);
  EXPECT_THROW(parse_wrk("unable to connect"), std::runtime_error);
}

TEST(use_of_rate, tells_the_worst_number) {
  const nlohmann::json stats{{"numbers",
                              {{"1", {{"accepted", 801}, {"span_ms", 10'000}, {"min_in_1s", 79}}},
                               {"2", {{"accepted", 401}, {"span_ms", 10'000}, {"min_in_1s", 20}}}}},
                             {"max_in_1s", {{"1", 80}, {"2", 60}}},
                             {"rejected", {{"130429", 3}, {"100", 1}}}};
  const auto told = use_of_rate(stats, 80);
  EXPECT_DOUBLE_EQ(told["used_share_worst_number"], 0.5);
  EXPECT_DOUBLE_EQ(told["used_share_mean"], 0.75);
  EXPECT_EQ(told["fullest_sliding_second"], 80);
  EXPECT_EQ(told["emptiest_sliding_second"], 20);
  EXPECT_EQ(told["rejected_130429"], 3);
}

TEST(cpu_per_message, tells_the_parts_apart) {
  const cpu_reading before{.server = 1, .database = 2, .simulator = 3, .load = 4, .machine = 20};
  const cpu_reading after{.server = 2, .database = 4, .simulator = 6, .load = 4.5, .machine = 30};
  const auto told = cpu_per_message(before, after, 100'000);
  EXPECT_DOUBLE_EQ(told["server_us"], 10);
  EXPECT_DOUBLE_EQ(told["database_us"], 20);
  EXPECT_DOUBLE_EQ(told["simulator_us"], 30);
  EXPECT_DOUBLE_EQ(told["load_tool_us"], 5);
  EXPECT_DOUBLE_EQ(told["rest_us"], 35);
}

}  // namespace
}  // namespace omnistream::load
