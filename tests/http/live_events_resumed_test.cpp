// GET /api/events: what a client that was away is told.

#include "storage/connection.hpp"
#include "tests/http/live_events_fixture.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;

TEST_F(LiveEvents, TellWhatWasMissed) {
  const auto conversation = add("Free");
  std::string position;
  {
    auto events = stream(siti.second);
    expect_ready(events);
    hear(conversation, "one");
    expect_text(events, "one");
    position = events.position();
  }
  hear(conversation, "two");
  hear(conversation, "three");
  {
    auto events = stream(siti.second, position);
    expect_ready(events, true);
    expect_text(events, "two");
    expect_text(events, "three");
    hear(conversation, "four");
    expect_text(events, "four");
    EXPECT_FALSE(events.next(100ms)) << "nothing comes twice";
  }
  auto again = stream(siti.second, "", "?last_event_id=" + position);
  expect_ready(again, true);
  for (const auto* text : {"two", "three", "four"}) expect_text(again, text);
}

TEST_F(LiveEvents, TellWhatWasMissedBesideOthersWhoAreThere) {
  const auto conversation = add("Free");
  auto there = stream(tenant.api_key);
  expect_ready(there);
  auto events = stream(siti.second);
  expect_ready(events);
  // Another connection writes: the server does not hear of it until somebody comes back.
  sql("insert into live_events (tenant_id, type, conversation_id, data) values (" +
      quoted(tenant.id.to_string()) + ", 'message.received', " + quoted(conversation) +
      ", '{\"content\": {\"text\": {\"body\": \"unheard\"}}}')");
  auto back = stream(siti.second, events.position());
  expect_ready(back, true);
  for (auto* one : {&back, &there, &events}) expect_text(*one, "unheard");
}

/// One that is committed later than another with a higher id is not passed over.
TEST_F(LiveEvents, FollowTheOrderOfCommits) {
  const auto conversation = add("Free");
  auto events = stream(siti.second);
  expect_ready(events);
  storage::connection late({.database_url = server.database().url(), .role = "omnistream_engine"});
  late.simple("begin");
  late.simple("insert into live_events (tenant_id, type, conversation_id, data) values (" +
              quoted(tenant.id.to_string()) + ", 'message.received', " + quoted(conversation) +
              ", '{\"content\": {\"text\": {\"body\": \"late\"}}}')");
  hear(conversation, "early");
  expect_text(events, "early");
  const auto position = events.position();
  late.simple("commit");
  auto back = stream(siti.second, position);
  expect_ready(back, true);
  expect_text(back, "late");
  hear(conversation, "last");
  for (const auto* text : {"late", "last"}) expect_text(events, text);
  expect_text(back, "last");
}

TEST_F(LiveEvents, SayWhenTooMuchTimeHasPassed) {
  const auto conversation = add("Free");
  const auto position = left();
  hear(conversation, "old");
  sql("with gone as (delete from live_events returning tenant_id, xact) insert into "
      "live_events_forgotten select tenant_id, xact from gone order by xact desc limit 1");
  auto back = stream(siti.second, position);
  const auto first = back.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, "reset");
  EXPECT_EQ(first->data["reason"], "too_old");
  EXPECT_FALSE(first->id.empty());
  hear(conversation, "new");
  expect_text(back, "new");
}

TEST_F(LiveEvents, SayWhenAPositionIsNoneOfTheirs) {
  for (const auto* position : {"17", "1:2", "0:0:", "5:4:", "1:9:9", "1:9:3,2", "a:b:", "1:2:x",
                               "99999999999999999999:99999999999999999999:", "1:2: "}) {
    auto events = stream(siti.second, position);
    const auto first = events.next();
    ASSERT_TRUE(first) << position;
    EXPECT_EQ(first->type, "reset") << position;
    EXPECT_EQ(first->data["reason"], "unknown_position") << position;
  }
  auto of_another_database = stream(siti.second, "4611686018427387905:4611686018427387905:");
  EXPECT_EQ(of_another_database.next()->data["reason"], "too_old");
}

TEST_F(LiveEvents, SayWhenTooMuchWasMissed) {
  const auto conversation = add("Free");
  const auto position = left();
  in_server("insert into live_events (tenant_id, type, conversation_id, data) select " +
            quoted(tenant.id.to_string()) + ", 'message.received', " + quoted(conversation) +
            ", '{}' from generate_series(1, 5001)");
  auto back = stream(siti.second, position);
  const auto first = back.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->type, "reset");
  EXPECT_EQ(first->data["reason"], "too_much");
}

}  // namespace
}  // namespace omnistream::test
