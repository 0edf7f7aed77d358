#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {

/// A tenant with subscriptions, whose endpoint is server.subscriber(); and another tenant.
class OutgoingWebhooks : public testing::Test {
 protected:
  /// An address of the Internet, so that no name must be looked up.
  static constexpr const char* endpoint = "https://93.184.216.34/hooks";

  api_answer call(const std::string& method, const std::string& rest = "",
                  const nlohmann::json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/outgoing-webhooks" + rest, body);
  }
  static nlohmann::json wanted(const nlohmann::json& changes = nlohmann::json::object()) {
    nlohmann::json body{{"url", endpoint}, {"event_types", {"campaign.*", "message.received"}}};
    body.update(changes);
    return body;
  }
  nlohmann::json make(const nlohmann::json& changes = nlohmann::json::object()) {
    const auto made = call("POST", "", wanted(changes));
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json();
  }
  std::string make_id(const nlohmann::json& changes = nlohmann::json::object()) {
    return "/" + make(changes).value("id", "");
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }

  /// Puts a delivery into the log of the subscription with this path, its age in seconds. One that
  /// is pending waits for itself: in its turn, one of an active subscription is due. Its id.
  std::string log(const std::string& webhook, const std::string& status, int age_s = 0,
                  const std::string& body = R"({"type":"campaign.started"})") {
    const auto own = "'" + tenant.id.to_string() + "'";
    const auto at = "now() - interval '" + std::to_string(age_s) + " seconds'";
    const bool is_pending = status == "pending";
    return sql(
        "insert into webhook_deliveries (webhook_id, id, tenant_id, type, event_count, body, "
        "status, aside, attempts, next_attempt_at, last_attempt_at, delivered_at, response_code, "
        "duration_ms, created_at) values ('" +
        webhook.substr(1) + "', gen_random_uuid(), " + own + ", 'campaign.started', 1, '" + body +
        "', '" + status + "', " + (is_pending ? "true" : "false") + ", 3, " +
        (is_pending ? "now() + interval '1 hour'" : "null") + ", " + at + ", " +
        (status == "delivered" ? at : "null") + ", 200, 12, " + at + ") returning id");
  }
  static std::vector<std::string> ids_of(const nlohmann::json& list) {
    std::vector<std::string> ids;
    for (const auto& one : list) ids.push_back(one["id"]);
    return ids;
  }

  api_server server;
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

}  // namespace omnistream::test
