// GET /api/events: how many there may be, how they end, and whose rights change meanwhile.

#include <memory>
#include <vector>

#include "config/base/metrics.hpp"
#include "tests/http/live_events_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;

TEST_F(LiveEvents, EndWithTheKey) {
  auto events = stream(siti.second);
  expect_ready(events);
  const auto key = server.call(siti.second, "GET", "/api/api-keys").json()[0]["id"];
  sql("delete from api_keys where id = " + quoted(key));
  server.services().identities.forget_agent(siti.first);
  const auto last = events.next(2s);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->type, "end");
  EXPECT_TRUE(events.ends());
  EXPECT_TRUE(events.complete());
  EXPECT_EQ(stream(siti.second).status(), 401);
}

TEST_F(LiveEvents, EndWithTheSession) {
  const auto login = server.call("", "POST", "/api/auth/login",
                                 {{"email", "siti@toko.example"}, {"password", server.password}});
  ASSERT_EQ(login.status, 200) << login.body;
  const auto cookie = login.header("Set-Cookie");
  const auto session = cookie.substr(0, cookie.find(';'));
  event_stream events(server.port(), "Cookie: " + session);
  expect_ready(events);
  auto by_key = stream(siti.second);
  expect_ready(by_key);
  ASSERT_LT(server.send("POST", "/api/auth/logout", "", {{"Cookie", session}}).status, 300);
  const auto last = events.next(2s);
  ASSERT_TRUE(last) << "at once, not when rights are looked at next";
  EXPECT_EQ(last->type, "end");
  EXPECT_TRUE(events.ends());
  EXPECT_FALSE(by_key.next(100ms)) << "the key is as good as before";
}

TEST_F(LiveEvents, FollowRightsThatChange) {
  const auto sales = make_division("Sales");
  const auto conversation = add("Sales", "division_id", quoted(sales));
  auto events = stream(siti.second);
  expect_ready(events);
  hear(conversation, "not for her");
  EXPECT_FALSE(events.next(200ms));
  call("GET");
  server.call(tenant.api_key, "POST", "/api/divisions/" + sales + "/agents",
              {{"agent_ids", {siti.first.to_string()}}});
  const auto expect_reset = [&events] {
    const auto reset = events.next(2s);
    ASSERT_TRUE(reset) << "at once, not when rights are looked at next";
    EXPECT_EQ(reset->type, "reset");
    EXPECT_EQ(reset->data["reason"], "rights_changed");
  };
  expect_reset();
  hear(conversation, "for her");
  expect_text(events, "for her");
  server.call(tenant.api_key, "DELETE", "/api/divisions/" + sales + "/agents",
              {{"agent_ids", {siti.first.to_string()}}});
  expect_reset();
  hear(conversation, "not for her any more");
  EXPECT_FALSE(events.next(200ms));
}

TEST(SlowReaders, AreCutOffAndCostTheOthersNothing) {
  api_server server(
      {.adjust = [](config::settings& with) { with.live_buffer_bytes_max = 256 * 1024; }});
  const auto tenant = server.make_tenant();
  const auto key = "X-API-Key: " + tenant.api_key;
  event_stream lazy(server.port(), key);
  event_stream eager(server.port(), key);
  ASSERT_EQ(eager.next()->type, "ready");
  const auto text = "select tell('" + tenant.id.to_string() +
                    "', 'campaign.updated', json_build_object('x', repeat('x', 15000))) from "
                    "generate_series(1, 7)";
  const storage::statement once{"once", text.c_str(), 0};
  const auto slow_is_gone = [&] {
    return metrics::render().find("omnistream_live_streams 1\n") != std::string::npos;
  };
  for (int round = 0; round < 400 && !slow_is_gone(); ++round) {
    ASSERT_TRUE(server.services().pool.run(
        storage::access::engine(),
        [&once](storage::session& in) { return in.execute(once).size(); }));
    for (int i = 0; i < 7; ++i) ASSERT_EQ(eager.next()->type, "campaign.updated") << round;
  }
  EXPECT_TRUE(slow_is_gone());
}

TEST_F(LiveEvents, AreLimitedForEachAgent) {
  std::vector<std::unique_ptr<event_stream>> open;
  for (int i = 0; i < 10; ++i) {
    open.push_back(std::make_unique<event_stream>(server.port(), "X-API-Key: " + siti.second));
    expect_ready(*open.back());
  }
  const auto refused = server.call(siti.second, "GET", "/api/events");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "too_many_streams");
  EXPECT_EQ(stream(budi.second).status(), 200);
  open.pop_back();
  EXPECT_TRUE(eventually([this] { return stream(siti.second).status() == 200; }));
}

TEST_F(LiveEvents, EndAtADrain) {
  auto events = stream(siti.second);
  expect_ready(events);
  server.services().engine.drain(5s);
  EXPECT_TRUE(events.ends());
  EXPECT_TRUE(events.complete());
}

}  // namespace
}  // namespace omnistream::test
