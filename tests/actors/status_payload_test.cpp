// What is read of statuses.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/webhook_payload_samples.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

TEST(status_payload, a_status_names_its_recipient) {
  const auto batch = parse_webhook(statuses({status(7, "delivered")}));
  ASSERT_EQ(batch.statuses.size(), 1u);
  const auto& read = batch.statuses[0];
  EXPECT_EQ(read.wamid, "wamid.S7");
  ASSERT_TRUE(read.recipient.has_value());
  EXPECT_EQ(read.recipient->campaign_id, some_campaign());
  EXPECT_EQ(read.recipient->seq, 7u);
  EXPECT_EQ(read.status, message_status::delivered);
  EXPECT_EQ(read.at, at_second(noon));
  EXPECT_EQ(read.recipient_id, "62811000111");
  EXPECT_EQ(read.phone_number_id, "77001");
  EXPECT_EQ(read.error.code, 0);
}

TEST(status_payload, a_status_names_a_message_of_a_conversation) {
  const auto id = uuid::v7(timestamp{std::chrono::hours{500'000}});
  auto entry = status(7, "read");
  entry["biz_opaque_callback_data"] = id.to_string();
  const auto read = parse_webhook(statuses({entry})).statuses.at(0);
  EXPECT_FALSE(read.recipient.has_value());
  EXPECT_EQ(read.message, id);
  EXPECT_EQ(fold_statuses({read}).entries.at(0).message, id);
}

TEST(status_payload, foreign_callback_data_is_no_recipient_of_ours) {
  for (const json& data :
       {json("order-17"), json(""), json(5), json(some_campaign().to_string()), json(nullptr)}) {
    auto entry = status(7, "sent");
    entry["biz_opaque_callback_data"] = data;
    const auto batch = parse_webhook(statuses({entry}));
    ASSERT_EQ(batch.statuses.size(), 1u) << data;
    EXPECT_FALSE(batch.statuses[0].recipient.has_value()) << data;
  }
}

TEST(status_payload, a_failure_carries_its_first_error) {
  auto entry = status(7, "failed");
  entry["errors"] =
      json::parse(R"([{"code":131026,"title":"Undeliverable","message":"Message undeliverable",
    "error_data":{"details":"Not on \"WhatsApp\"."},"href":"https://x.example"},{"code":1,"title":"Second"}])");
  const auto batch = parse_webhook(statuses({entry}));
  ASSERT_EQ(batch.statuses.size(), 1u);
  EXPECT_EQ(batch.statuses[0].error.code, 131026);
  EXPECT_EQ(batch.statuses[0].error.message, "Message undeliverable");
  EXPECT_EQ(batch.statuses[0].error.details, "Not on \"WhatsApp\".");
}

TEST(status_payload, hidden_numbers_give_the_user_id) {
  auto entry = status(7, "read");
  entry.erase("recipient_id");
  entry["recipient_user_id"] = "ID.u1";
  EXPECT_EQ(parse_webhook(statuses({entry})).statuses.at(0).recipient_id, "ID.u1");

  const auto batch = parse_webhook(post(
      "messages",
      messages_value(
          R"("contacts":[{"profile":{"name":"Ayu"},"user_id":"ID.u2"}],"messages":[{"id":"wamid.A","timestamp":1767268800,)"
          R"("type":"text","text":{"body":"hi"}}])")));
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(batch.messages[0].from, "ID.u2");
  EXPECT_EQ(batch.messages[0].profile_name, "Ayu");
}

}  // namespace
}  // namespace omnistream::actors
