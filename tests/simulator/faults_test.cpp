#include "tests/simulator/graph_fixture.hpp"

namespace graph_simulator {
namespace {

TEST_F(graph, the_first_fault_that_hits_decides_and_counts_run_out) {
  EXPECT_EQ(call("POST", "/_sim/faults", R"({"kind": "http_500", "count": 2})").status, 200);
  EXPECT_EQ(send(order_update()).status, 500);
  EXPECT_EQ(send(order_update()).status, 500);
  EXPECT_EQ(send(order_update()).status, 200);
  EXPECT_EQ(stats()["rejected"]["500"], 2);
}

TEST_F(graph, a_share_of_the_calls_is_hit) {
  call("POST", "/_sim/faults", R"({"kind": "error", "code": 131000, "share": 0.25})");
  int failed = 0;
  for (int i = 0; i < 2000; ++i)
    failed += send(order_update("62812345" + std::to_string(10'000 + i))).status == 500;
  EXPECT_NEAR(failed, 500, 80);
  call("DELETE", "/_sim/faults");
  EXPECT_EQ(send(order_update()).status, 200);
  EXPECT_TRUE(call("GET", "/_sim/faults").body["faults"].empty());
}

TEST_F(graph, resets_come_before_or_after_acceptance) {
  call("POST", "/_sim/faults", R"({"kind": "reset_before", "count": 1})");
  EXPECT_TRUE(send(order_update()).full.abort);
  EXPECT_EQ(stats()["accepted"], 0);
  call("POST", "/_sim/faults", R"({"kind": "reset_after", "count": 1})");
  EXPECT_TRUE(send(order_update()).full.abort);
  EXPECT_EQ(stats()["accepted"], 1);
  EXPECT_EQ(stats()["resets"]["before"], 1);
  EXPECT_EQ(stats()["resets"]["after"], 1);
  EXPECT_EQ(sink_.messages.size(), 1u) << "its statuses will be posted";
  EXPECT_FALSE(send(order_update()).full.abort);
}

TEST_F(graph, latencies_add_up) {
  call("POST", "/_sim/faults", R"({"kind": "latency", "ms": 100})");
  call("POST", "/_sim/faults", R"({"kind": "latency", "ms": 20})");
  const auto answer = send(order_update());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.full.delay_ms, 120);
  EXPECT_EQ(call("GET", "/v23.0/111").full.delay_ms, 0)
      << "faults hit messages only, unless told otherwise";
  EXPECT_EQ(call("GET", "/_sim/stats").full.delay_ms, 0);
}

TEST_F(graph, an_expired_token_is_expired_everywhere) {
  call("POST", "/_sim/faults", R"({"kind": "expire_token"})");
  for (const auto& answer : {send(order_update()), call("GET", "/v23.0/111")}) {
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.code(), 190);
    EXPECT_EQ(answer.body["error"]["error_subcode"], 463);
  }
}

TEST_F(graph, an_error_may_come_by_webhook) {
  call("POST", "/_sim/faults",
       R"({"kind": "error", "code": 131026, "via": "webhook", "count": 1})");
  EXPECT_EQ(send(order_update()).status, 200);
  ASSERT_EQ(sink_.messages.size(), 1u);
  EXPECT_EQ(sink_.messages[0].forced_failure, 131026);
}

TEST_F(graph, malformed_faults_are_explained) {
  for (const char* wrong :
       {"", "[]", "{}", R"({"kind": "fire"})", R"({"kind": "latency"})", R"({"kind": "error"})",
        R"({"kind": "http_500", "share": 0})", R"({"kind": "http_500", "share": 1.1})",
        R"({"kind": "http_500", "share": "all"})", R"({"kind": "http_500", "count": 0})",
        R"({"kind": "http_500", "count": 1.5})", R"({"kind": "latency", "ms": -1})",
        R"({"kind": "latency", "ms": 99999999999999999999})",
        R"({"kind": "http_500", "colour": 1})", R"({"kind": "http_500", "scope": "some"})"}) {
    const auto answer = call("POST", "/_sim/faults", wrong);
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_TRUE(answer.body["error"].is_string()) << wrong;
  }
}

}  // namespace
}  // namespace graph_simulator
