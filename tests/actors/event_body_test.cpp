#include "actors/webhook/event_body.hpp"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace omnistream::actors {
namespace {

const uuid hook{{0x60}};

const timestamp happened = *parse_rfc3339("2026-01-02T03:04:05.678Z");

outbox_event event(std::int64_t id, const std::string& data = "{}",
                   const std::string& type = "contact.created", timestamp at = happened) {
  return {id, type, at, std::make_shared<const std::string>(event_body(type, at, data))};
}

TEST(EventBody, IsTypeTimeAndData) {
  EXPECT_EQ(event_body("contact.created", happened, R"({"b":1,  "a":[1.50]})"),
            R"({"type":"contact.created","timestamp":"2026-01-02T03:04:05.678Z",)"
            R"("data":{"b":1,  "a":[1.50]}})");
}

TEST(EventBody, ABatchIsAnEventToo) {
  const auto later = event(2, R"({"n":2})", "contact.updated", happened + std::chrono::seconds{1});
  EXPECT_EQ(
      batch_body(hook, {event(1, R"({"n":1})"), later}),
      R"({"type":"events.batch","timestamp":"2026-01-02T03:04:05.678Z","data":{"events":[{"id":")" +
          delivery_id_of(hook, 1, 1, 1).to_string() +
          R"(","type":"contact.created","timestamp":"2026-01-02T03:04:05.678Z","data":{"n":1}},)" +
          R"({"id":")" + delivery_id_of(hook, 2, 2, 1).to_string() +
          R"(","type":"contact.updated","timestamp":"2026-01-02T03:04:06.678Z","data":{"n":2}}]}})");
}

TEST(EventBody, WhoTakesBatchesGetsThemAlsoForOne) {
  const auto one = make_delivery(hook, {event(7)}, false);
  EXPECT_EQ(one.type, "contact.created");
  EXPECT_EQ(one.event_count, 1);
  EXPECT_EQ(*one.body, *event(7).body);
  ASSERT_TRUE(one.event.has_value());
  EXPECT_EQ(one.event->id, 7);
  EXPECT_EQ(one.event->at, happened);
  EXPECT_EQ(one.attempts, 0);
  EXPECT_EQ(one.state, delivery::status::pending);
  const auto batch = make_delivery(hook, {event(7)}, true);
  EXPECT_EQ(batch.type, "events.batch");
  EXPECT_EQ(*batch.body, batch_body(hook, {event(7)}));
  EXPECT_FALSE(batch.event.has_value());
  EXPECT_EQ(make_delivery(hook, {event(7), event(9)}, true).event_count, 2);
}

RC_GTEST_PROP(EventBody, IsJsonWhateverTheTypeHolds, (const std::string& type)) {
  std::string ascii;
  for (const char c : type)
    if (static_cast<unsigned char>(c) < 0x80) ascii += c;
  const auto odd = event(1, R"({"n":1})", ascii);
  RC_ASSERT(nlohmann::json::parse(*odd.body)["type"] == ascii);
  RC_ASSERT(nlohmann::json::parse(batch_body(hook, {odd, odd}))["data"]["events"][1]["type"] ==
            ascii);
}

TEST(DeliveryId, IsTheSameForTheSameEvents) {
  EXPECT_EQ(delivery_id_of(hook, 5, 7, 2), delivery_id_of(hook, 5, 7, 2));
  EXPECT_EQ(make_delivery(hook, {event(5), event(7)}, true).id, delivery_id_of(hook, 5, 7, 2));
  // Fixed for good: a subscriber may have seen an attempt before the server was replaced.
  EXPECT_EQ(delivery_id_of(hook, 5, 7, 2).to_string(), "ddd6c7bd-f1ce-809e-ae49-a4c5e73a5796");
}

TEST(DeliveryId, IsAnotherForOthers) {
  std::set<uuid> ids{delivery_id_of(hook, 5, 7, 2), delivery_id_of(hook, 5, 7, 3),
                     delivery_id_of(hook, 5, 8, 2), delivery_id_of(hook, 4, 7, 2),
                     delivery_id_of(uuid{{0x61}}, 5, 7, 2)};
  EXPECT_EQ(ids.size(), 5U);
  for (const auto& id : ids) {
    EXPECT_EQ(id.bytes()[6] >> 4, 8) << "version";
    EXPECT_EQ(id.bytes()[8] >> 6, 2) << "variant";
  }
}

}  // namespace
}  // namespace omnistream::actors
