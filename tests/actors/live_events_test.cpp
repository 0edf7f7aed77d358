#include "actors/live/live_events.hpp"

#include <gtest/gtest.h>

namespace omnistream::test {
namespace {

using namespace actors;

const uuid me{{1}}, another{{2}}, sales{{3}}, care{{4}}, everybody{};

live_event of(const std::string& type, std::optional<uuid> seen_by,
              std::optional<uuid> seen_before = std::nullopt) {
  live_event made;
  made.type = type;
  made.of_conversation = !type.starts_with("campaign.");
  made.seen_by = seen_by;
  made.seen_before = seen_before;
  return made;
}

live_viewer agent() {
  return live_viewer::of(me, {"conversations.view"}, {sales});
}

TEST(LiveViewer, IsToldOfConversationsTheySee) {
  for (const auto& type : {"message.received", "conversation.updated", "note.created"}) {
    EXPECT_TRUE(agent().is_told(of(type, everybody))) << type;
    EXPECT_TRUE(agent().is_told(of(type, me))) << type;
    EXPECT_TRUE(agent().is_told(of(type, sales))) << type;
    EXPECT_FALSE(agent().is_told(of(type, another))) << type;
    EXPECT_FALSE(agent().is_told(of(type, care))) << type;
    EXPECT_FALSE(agent().is_told(of(type, std::nullopt))) << type;
  }
}

TEST(LiveViewer, IsToldByTheirPermissions) {
  const auto all = live_viewer::of(me, {"conversations.view", "conversations.view_all"}, {});
  EXPECT_TRUE(all.is_told(of("message.received", another)));
  EXPECT_TRUE(all.is_told(of("message.received", std::nullopt)));
  EXPECT_FALSE(all.is_told(of("campaign.started", std::nullopt)));
  const auto without = live_viewer::of(me, {"conversations.view_all", "campaigns.view"}, {sales});
  EXPECT_FALSE(without.is_told(of("message.received", everybody)));
  EXPECT_TRUE(without.is_told(of("campaign.started", std::nullopt)));
  auto of_no_conversation = of("message.received", everybody);
  of_no_conversation.of_conversation = false;
  EXPECT_FALSE(all.is_told(of_no_conversation));
}

TEST(LiveViewer, IsToldOnceThatAConversationIsHidden) {
  EXPECT_TRUE(agent().is_told(of("conversation.hidden", another, sales)));
  EXPECT_TRUE(agent().is_told(of("conversation.hidden", std::nullopt, everybody)));
  EXPECT_FALSE(agent().is_told(of("conversation.hidden", me, sales)));
  EXPECT_FALSE(agent().is_told(of("conversation.hidden", care, another)));
  const auto all = live_viewer::of(me, {"conversations.view", "conversations.view_all"}, {});
  EXPECT_FALSE(all.is_told(of("conversation.hidden", another, sales)));
}

TEST(LivePosition, IsASnapshot) {
  for (const auto* text : {"1:1:", "4711:4720:", "4711:4720:4711,4713,4719",
                           "9223372036854775807:9223372036854775807:"})
    EXPECT_TRUE(is_live_position(text)) << text;
  for (const auto* text : {"",
                           "1",
                           "1:",
                           "1:1",
                           "0:1:",
                           "01:2:",
                           "2:1:",
                           "1:2:2",
                           "5:9:4",
                           "5:9:7,6",
                           "5:9:6,6",
                           "5:9:6,",
                           "5:9:,6",
                           "5:9: 6",
                           "-1:2:",
                           "+1:2:",
                           "1:2:x",
                           "9223372036854775808:1:",
                           "18446744073709551616:18446744073709551616:",
                           "1:2:\n",
                           "4294967296:4294967296:"})
    EXPECT_FALSE(is_live_position(text)) << text;
  EXPECT_FALSE(is_live_position("1:2:" + std::string(9'000, '1')));
}

TEST(LiveText, HasThePositionInTheLastEventOfABlock) {
  live_event one;
  one.id = 7;
  one.type = "message.received";
  one.at = timestamp{std::chrono::hours{500'000}};
  one.data = "{\"a\":\n1}";
  auto two = one;
  two.id = 8;
  EXPECT_EQ(live_block({&one, &two}, "1:2:"),
            "event: message.received\n"
            "data: {\"id\":7,\"type\":\"message.received\",\"timestamp\":\"2027-01-15T08:00:00Z\","
            "\"data\":{\"a\": 1}}\n\n"
            "event: message.received\n"
            "id: 1:2:\n"
            "data: {\"id\":8,\"type\":\"message.received\",\"timestamp\":\"2027-01-15T08:00:00Z\","
            "\"data\":{\"a\": 1}}\n\n");
  EXPECT_EQ(live_block({}, "1:2:"), "");
}

TEST(LiveText, SaysWhatTheStreamItselfHasToSay) {
  EXPECT_EQ(live_ready("1:2:", false),
            "retry: 2000\nevent: ready\nid: 1:2:\ndata: {\"resumed\":false}\n\n");
  EXPECT_EQ(live_ready("1:2:", true), "retry: 2000\nevent: ready\ndata: {\"resumed\":true}\n\n");
  EXPECT_EQ(live_reset("1:2:", "too_old"),
            "retry: 2000\nevent: reset\nid: 1:2:\ndata: {\"reason\":\"too_old\"}\n\n");
  EXPECT_EQ(live_heartbeat("1:2:"), ":\nid: 1:2:\n\n");
  EXPECT_EQ(live_heartbeat(""), ":\n\n");
  EXPECT_EQ(live_end("signed_out"), "event: end\ndata: {\"reason\":\"signed_out\"}\n\n");
  EXPECT_EQ(live_progress(timestamp{std::chrono::hours{500'000}}, "{}"),
            "event: campaign.progress\ndata: {\"type\":\"campaign.progress\",\"timestamp\":"
            "\"2027-01-15T08:00:00Z\",\"data\":{}}\n\n");
}

}  // namespace
}  // namespace omnistream::test
