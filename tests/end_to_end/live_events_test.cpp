// Live events from Meta's webhook to the stream, over ends and crashes of the server.

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/event_stream.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* number = "901";

class LiveEventsEndToEnd : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(around.server().start());
    owner.emplace(around.server(), "Toko Maju");
    owner->connect(number);
  }
  void hear(const std::string& text) {
    const auto got = around.simulator().call(
        "POST", "/_sim/inbound",
        {{"phone_number_id", number}, {"from", "6281234567890"}, {"text", text}});
    ASSERT_EQ(got.status, 200) << got.body;
  }
  event_stream stream(const std::string& after = "") {
    return {around.server().port(), "X-API-Key: " + owner->api_key(), after};
  }
  /// The text of the next message that is told.
  static std::string next_text(event_stream& from) {
    while (const auto got = from.next_change())
      if (got->type == "message.received") return got->data["data"]["content"]["text"]["body"];
    return "(nothing)";
  }

  world around;
  std::optional<tenant> owner;
};

TEST_F(LiveEventsEndToEnd, AreToldWhenMetaTells) {
  auto events = stream();
  EXPECT_EQ(events.next()->type, "ready");
  hear("one");
  EXPECT_EQ(events.next_change()->type, "conversation.created");
  EXPECT_EQ(next_text(events), "one");
  hear("two");
  EXPECT_EQ(next_text(events), "two");
}

TEST_F(LiveEventsEndToEnd, GoOnAfterARestart) {
  auto before = stream();
  EXPECT_EQ(before.next()->type, "ready");
  hear("one");
  EXPECT_EQ(next_text(before), "one");
  EXPECT_EQ(around.server().stop(), 0) << "a stream does not keep the server from ending";
  EXPECT_TRUE(before.ends());
  EXPECT_TRUE(before.complete());
  hear("while it was away");  // the simulator posts it again, as Meta does
  ASSERT_TRUE(around.server().start());
  auto after = stream(before.position());
  const auto first = after.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, "ready");
  EXPECT_EQ(first->data["resumed"], true);
  EXPECT_EQ(next_text(after), "while it was away");
}

TEST_F(LiveEventsEndToEnd, LoseNothingInACrash) {
  auto before = stream();
  EXPECT_EQ(before.next()->type, "ready");
  hear("seen");
  EXPECT_EQ(next_text(before), "seen");
  const auto position = before.position();
  for (const auto* text : {"one", "two", "three"}) hear(text);
  around.server().kill_now();
  EXPECT_TRUE(before.ends());
  ASSERT_TRUE(around.server().start());
  auto after = stream(position);
  EXPECT_EQ(after.next()->type, "ready");
  std::vector<std::string> texts;
  for (int i = 0; i < 3; ++i) texts.push_back(next_text(after));
  std::sort(texts.begin(), texts.end());  // Meta's webhooks come in any order
  EXPECT_EQ(texts, (std::vector<std::string>{"one", "three", "two"}));
}

TEST_F(LiveEventsEndToEnd, TellABroadcastByItsProgressAlone) {
  auto events = stream();
  EXPECT_EQ(events.next()->type, "ready");
  const auto campaign = owner->draft("order_update");
  owner->add(campaign, phone_numbers(0, 200));
  owner->send(campaign);
  EXPECT_EQ(
      events.types_until("campaign.completed"),
      (std::vector<std::string>{"campaign.created", "campaign.started", "campaign.completed"}));
  while (true) {
    const auto last = events.next();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->type, "campaign.progress");
    if (last->data["data"]["read_count"] == 200) break;
  }
}

}  // namespace
}  // namespace omnistream::test
