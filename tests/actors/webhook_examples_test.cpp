// What is read of the examples in tests/inbound_examples: every part of them, and nothing is
// malformed. What is not used is counted under the name that the example gives.

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/ingest/webhook_contents.hpp"

namespace omnistream::actors {
namespace {

using nlohmann::json;

json examples_of(const std::string& channel) {
  std::ifstream file(std::string(OMNISTREAM_SOURCE_DIR) + "/tests/inbound_examples/" + channel +
                     ".json");
  return json::parse(file)["examples"];
}

class webhook_examples : public testing::TestWithParam<const char*> {};

TEST_P(webhook_examples, are_read) {
  const std::string channel = GetParam();
  std::size_t count = 0;
  for (const auto& example : examples_of(channel)) {
    SCOPED_TRACE(example["name"].get<std::string>());
    stored_webhook posted;
    posted.payload = std::make_shared<const std::string>(example["webhook"].dump());
    if (channel == "email") posted.source = webhook_source::email;
    auto read = read_webhook(posted);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->meta.malformed, 0u);
    if (example.contains("ignored"))
      EXPECT_EQ(read->meta.ignored, (std::map<std::string, std::size_t>{{example["ignored"], 1}}));
    else
      EXPECT_TRUE(read->meta.ignored.empty()) << read->meta.ignored.begin()->first;
    EXPECT_EQ(parts_of(std::move(*read)).empty(), example.contains("ignored"));
    ++count;
  }
  EXPECT_GT(count, 5u);
}

INSTANTIATE_TEST_SUITE_P(of_channels, webhook_examples,
                         testing::Values("whatsapp", "messenger", "instagram", "email"));

}  // namespace
}  // namespace omnistream::actors
