#include "bench/load/options.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

class options : public testing::Test {
 protected:
  std::optional<load_options> read(std::vector<const char*> words) {
    words.insert(words.begin(), "omnistream-load");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    auto got = read_options(static_cast<int>(words.size()), words.data(), exit_code);
    testing::internal::GetCapturedStdout();
    said = testing::internal::GetCapturedStderr();
    return got;
  }

  int exit_code = -1;
  std::string said;
};

TEST_F(options, of_a_broadcast) {
  const auto got = read({"broadcast", "--recipients", "500", "--numbers", "3", "--rate", "80",
                         "--statuses", "all", "--json"});
  ASSERT_TRUE(got) << said;
  EXPECT_EQ(got->command, "broadcast");
  EXPECT_EQ(got->broadcast.campaigns.recipients, 500);
  EXPECT_EQ(got->broadcast.campaigns.numbers, 3);
  EXPECT_EQ(got->broadcast.campaigns.rate, 80);
  EXPECT_TRUE(got->broadcast.statuses);
  EXPECT_EQ(got->json, "-");
}

TEST_F(options, have_defaults) {
  const auto got = read({"broadcast", "--rate", "unlimited"});
  ASSERT_TRUE(got) << said;
  EXPECT_EQ(got->broadcast.campaigns.rate, 0);
  EXPECT_FALSE(got->broadcast.statuses);
  EXPECT_FALSE(got->json);
}

TEST_F(options, of_the_others) {
  const auto webhooks = read({"webhooks", "--batch", "10", "--rates", "100,200", "--json", "file"});
  ASSERT_TRUE(webhooks) << said;
  EXPECT_EQ(webhooks->webhooks.rates, (std::vector<int>{100, 200}));
  EXPECT_EQ(webhooks->webhooks.batch, 10);
  EXPECT_EQ(webhooks->json, "file");
  const auto all = read({"all", "--quick"});
  ASSERT_TRUE(all) << said;
  EXPECT_EQ(all->all.how, all_options::extent::quick);
  const auto report = read({"report", "run.json", "--plots", "folder"});
  ASSERT_TRUE(report) << said;
  EXPECT_EQ(report->report.from, "run.json");
  for (const char* command :
       {"pacing", "recipients", "dashboard", "restart", "live", "inbox", "ceiling"})
    EXPECT_TRUE(read({command})) << command << ": " << said;
}

TEST_F(options, of_outgoing_webhooks) {
  const auto got = read({"outgoing", "--subscriptions", "3", "--batch", "7", "--dead", "0",
                         "--backlog", "500", "--json"});
  ASSERT_TRUE(got) << said;
  EXPECT_EQ(got->outgoing.deliveries.subscriptions, 3);
  EXPECT_EQ(got->outgoing.backlog.subscriptions, 3);
  EXPECT_EQ(got->outgoing.backlog.batch, 7);
  EXPECT_EQ(got->outgoing.backlog.events, 500);
  EXPECT_EQ(got->outgoing.crowd.dead, 0);
  EXPECT_EQ(got->outgoing.crowd.tenants * got->outgoing.crowd.subscriptions, 1'000);
  const auto subscriber = read({"subscriber", "--port", "81", "--secret", "whsec_"});
  ASSERT_TRUE(subscriber) << said;
  EXPECT_EQ(subscriber->subscriber.port, 81);
  EXPECT_EQ(subscriber->subscriber.secret, "whsec_");
}

TEST_F(options, that_are_wrong_are_explained) {
  const std::vector<std::vector<const char*>> wrong{{},
                                                    {"nothing"},
                                                    {"broadcast", "--recipients", "0"},
                                                    {"broadcast", "--rate", "fast"},
                                                    {"broadcast", "--rate", "-1"},
                                                    {"broadcast", "--statuses", "some"},
                                                    {"webhooks", "--batch", "1001"},
                                                    {"all", "--quick", "--huge"},
                                                    {"outgoing", "--subscriptions", "51"},
                                                    {"inbox", "--conversations", "0"},
                                                    {"subscriber", "--port", "0"},
                                                    {"report"}};
  for (const auto& words : wrong) {
    EXPECT_FALSE(read(words)) << (words.empty() ? "" : words.back());
    EXPECT_EQ(exit_code, 2);
    EXPECT_FALSE(said.empty());
  }
}

TEST_F(options, show_help) {
  EXPECT_FALSE(read({"--help"}));
  EXPECT_EQ(exit_code, 0);
}

}  // namespace
}  // namespace omnistream::load
