#include "http/client/graph_reply.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace omnistream::http::client {
namespace {

using actors::send_result;
using certainty = send_result::certainty;
using outcome = http_response::outcome;

http_response answered(int status, std::string_view body, std::string_view headers = "") {
  http_response response;
  response.what = outcome::answered;
  response.status = status;
  response.body = body;
  response.headers = headers;
  return response;
}

constexpr std::string_view rate_limited =
    R"({"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429,"error_subcode":2494055,)"
    R"("error_data":{"messaging_product":"whatsapp","details":"Cloud API message throughput has been reached."},)"
    R"("fbtrace_id":"A1"}})";

TEST(graph_reply, an_id_is_acceptance) {
  for (
      const auto* body :
      {R"({"messages":[{"id":"wamid.X","message_status":"accepted"}]})",
       R"({"messages":[{"message_status":"held_for_quality_assessment","id":"wamid.X"}],"x":[{}]})",
       R"({"messages":[7,{"id":"wamid.X"},{"id":"wamid.Y"}]})",
       R"({"recipient_id":"7001","message_id":"wamid.X"})"}) {
    const auto result = read_send_reply(answered(200, body));
    EXPECT_EQ(result.what, certainty::accepted) << body;
    EXPECT_EQ(result.message_id, "wamid.X");
  }
}

TEST(graph_reply, a_reaction_is_taken_without_an_id) {
  const auto result = read_send_reply(answered(200, R"({"recipient_id":"7001"})"), false);
  EXPECT_EQ(result.what, certainty::accepted);
  EXPECT_EQ(result.message_id, "");
  EXPECT_EQ(read_send_reply(answered(200, "{}"), false).what, certainty::uncertain);
}

TEST(graph_reply, success_without_an_id_is_uncertain) {
  for (const auto* body :
       {"", "{}", "null", "[]", "OK", R"({"messages":[]})", R"({"messages":[{}]})",
        R"({"messages":[{"id":""}]})", R"({"messages":[{"id":7}]})", R"({"messages":{"id":"x"}})",
        R"({"messages":[{"id":"wamid.X"}])", R"({"id":"x"})", R"({"message_id":7})",
        R"({"recipient_id":"7001"})"}) {
    const auto result = read_send_reply(answered(200, body));
    EXPECT_EQ(result.what, certainty::uncertain) << body;
    EXPECT_EQ(result.error.message, "HTTP status 200 without a message id or an error.");
  }
}

TEST(graph_reply, errors_are_rejections_with_all_their_parts) {
  const auto result =
      read_send_reply(answered(429, rate_limited, "HTTP/1.1 429 \r\nRetry-After: 7\r\n"));
  EXPECT_EQ(result.what, certainty::rejected);
  EXPECT_EQ(result.http_status, 429);
  EXPECT_EQ(result.error.code, 130429);
  EXPECT_EQ(result.error.subcode, 2494055);
  EXPECT_EQ(result.error.message, "(#130429) Rate limit hit");
  EXPECT_EQ(result.error.details, "Cloud API message throughput has been reached.");
  EXPECT_EQ(result.retry_after_ms, 7'000);
  for (const int status : {200, 400, 401, 500, 503})
    EXPECT_EQ(read_send_reply(answered(status, rate_limited)).what, certainty::rejected) << status;
}

TEST(graph_reply, refusals_without_an_error_object) {
  for (const int status : {301, 307, 400, 401, 404, 413, 429}) {
    const auto result = read_send_reply(answered(status, "<html>nginx</html>"));
    EXPECT_EQ(result.what, certainty::rejected) << status;
    EXPECT_EQ(result.http_status, status);
    EXPECT_EQ(result.error.message, "");
  }
}

TEST(graph_reply, server_errors_of_proxies_are_uncertain) {
  for (const int status : {500, 502, 503, 504}) {
    const auto result =
        read_send_reply(answered(status, "Bad Gateway", "HTTP/1.1 503\r\nRetry-After: 3\r\n"));
    EXPECT_EQ(result.what, certainty::uncertain) << status;
    EXPECT_EQ(result.http_status, status);
    EXPECT_EQ(result.retry_after_ms, 3'000);
  }
}

TEST(graph_reply, what_was_not_answered_keeps_its_certainty) {
  http_response response;
  response.error = "Connection refused";
  response.what = outcome::not_sent;
  EXPECT_EQ(read_send_reply(response).what, certainty::not_sent);
  EXPECT_EQ(read_send_reply(response).error.message, "Connection refused");
  response.what = outcome::uncertain;
  EXPECT_EQ(read_send_reply(response).what, certainty::uncertain);
}

TEST(graph_reply, an_error_object_is_read_tolerantly) {
  EXPECT_EQ(read_graph_error(R"({"error":{"code":"190"}})")->code, 190);
  EXPECT_EQ(read_graph_error(R"({"error":{}})")->message, "Meta gave no message.");
  EXPECT_EQ(read_graph_error(R"({"error":{"code":1e3,"error_data":"x","message":5}})")->code, 0);
  for (const auto* none :
       {"", "{}", R"({"error":"x"})", R"({"error":{"code":1})", "[]", R"({"errors":[{"code":1}]})"})
    EXPECT_FALSE(read_graph_error(none).has_value()) << none;
}

std::optional<std::int64_t> waits(const std::string& headers) {
  return retry_after_ms(answered(429, "", headers), 1'767'268'800);
}

TEST(graph_reply, retry_after_in_seconds_or_as_a_date) {
  EXPECT_EQ(waits("HTTP/1.1 429\r\nretry-after:  12 \r\n"), 12'000);
  EXPECT_EQ(waits("Retry-After: Thu, 01 Jan 2026 12:00:30 GMT\r\n"), 30'000);
  EXPECT_EQ(waits("Retry-After: Thu, 01 Jan 2026 11:00:00 GMT\r\n"), std::nullopt)
      << "over already";
  for (const auto* none :
       {"", "X: 1\r\n", "Retry-After: soon\r\n", "Retry-After: 0\r\n", "Retry-After: -5\r\n"})
    EXPECT_EQ(waits(none), std::nullopt) << none;
  EXPECT_EQ(waits("Retry-After: 9000000000000000000\r\n"), 7LL * 24 * 3'600 * 1'000);
}

TEST(graph_reply, usage_header_gives_the_longest_wait_in_minutes) {
  EXPECT_EQ(
      waits(
          R"(X-Business-Use-Case-Usage: {"1":[{"type":"whatsapp","call_count":100,)"
          R"("estimated_time_to_regain_access":2},{"estimated_time_to_regain_access":5}],"2":[{}],"3":7})"
          "\r\nRetry-After: 60\r\n"),
      5 * 60'000);
  EXPECT_EQ(waits("Retry-After: 600\r\n"
                  R"(x-business-use-case-usage: {"1":[{"estimated_time_to_regain_access":1}]})"
                  "\r\n"),
            600'000);
  for (const auto* none :
       {"X-Business-Use-Case-Usage: {\r\n", "X-Business-Use-Case-Usage: []\r\n",
        R"(X-Business-Use-Case-Usage: {"1":[{"estimated_time_to_regain_access":0}]})"
        "\r\n"})
    EXPECT_EQ(waits(none), std::nullopt) << none;
}

TEST(graph_reply, survives_any_mutation) {
  std::mt19937 random(29);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(rate_limited);
    for (auto edits = random() % 5; edits > 0; --edits) {
      const auto at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, random() % 9);
      else
        text[at] = static_cast<char>(random());
      if (text.empty()) text = "{";
    }
    const auto result = read_send_reply(answered(random() % 2 == 0 ? 200 : 500, text));
    EXPECT_NE(result.what, certainty::accepted);
  }
}

TEST(http_response, headers_are_found_in_any_case) {
  const auto response =
      answered(200, "", "HTTP/1.1 200 OK\r\nA: 1\r\nContent-TYPE:text/html ; x\r\nEmpty:\r\n\r\n");
  EXPECT_EQ(response.header("content-type"), "text/html ; x");
  EXPECT_EQ(response.header("a"), "1");
  EXPECT_EQ(response.header("Empty"), "");
  EXPECT_EQ(response.header("B"), std::nullopt);
  EXPECT_EQ(http_response{}.header("A"), std::nullopt);
}

}  // namespace
}  // namespace omnistream::http::client
