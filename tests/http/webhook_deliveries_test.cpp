#include <gmock/gmock.h>

#include "tests/http/outgoing_webhooks_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::SizeIs;

const std::string nowhere = "/0190a1b2-0000-7000-8000-000000000000";

class WebhookDeliveries : public OutgoingWebhooks {
 protected:
  json delivery(const std::string& webhook, const std::string& id) {
    return call("GET", webhook + "/deliveries/" + id).json();
  }
  std::string path = make_id();
};

TEST_F(WebhookDeliveries, AreListedInPages) {
  const auto oldest = log(path, "delivered", 30);
  const auto failed = log(path, "failed", 20);
  const auto waiting = log(path, "pending", 10);
  const auto newest = log(path, "delivered");
  log(make_id(), "failed");
  const auto all = call("GET", path + "/deliveries").json();
  EXPECT_THAT(ids_of(all["data"]), ElementsAre(newest, waiting, failed, oldest));
  EXPECT_EQ(all["total"], 4);
  EXPECT_EQ(all["total_pages"], 1);
  const auto page = call("GET", path + "/deliveries?page=2&per_page=3").json();
  EXPECT_THAT(ids_of(page["data"]), ElementsAre(oldest));
  EXPECT_EQ(page["total"], 4);
  EXPECT_EQ(page["total_pages"], 2);
  EXPECT_THAT(call("GET", path + "/deliveries?page=9").json()["data"], SizeIs(0));
  const auto with = [this](const std::string& status) {
    const auto got = call("GET", path + "/deliveries?status=" + status).json();
    EXPECT_EQ(got["total"], got["data"].size());
    return ids_of(got["data"]);
  };
  EXPECT_THAT(with("delivered"), ElementsAre(newest, oldest));
  EXPECT_THAT(with("failed"), ElementsAre(failed));
  EXPECT_THAT(with("pending"), ElementsAre(waiting));
  EXPECT_THAT(call("GET", path + "/deliveries?status=sent&per_page=101&page=0").wrong_fields(),
              testing::UnorderedElementsAre("status:not_in_enum", "per_page:out_of_range",
                                            "page:out_of_range"));
  EXPECT_EQ(call("GET", nowhere + "/deliveries").status, 404);
  EXPECT_EQ(call("GET", path + "/deliveries" + nowhere).status, 404);
  EXPECT_EQ(call("GET", path + "/deliveries/7").status, 404);
}

TEST_F(WebhookDeliveries, ShowWhatWasSentAndWhatCameOfIt) {
  const auto id = log(path, "delivered", 0, R"({"type":"campaign.started","data":{"a":"b"}})");
  const auto shown = delivery(path, id);
  EXPECT_EQ(shown["webhook_id"], path.substr(1));
  EXPECT_EQ(shown["type"], "campaign.started");
  EXPECT_EQ(shown["event_count"], 1);
  EXPECT_EQ(shown["status"], "delivered");
  EXPECT_EQ(shown["attempts"], 3);
  EXPECT_EQ(shown["response_code"], 200);
  EXPECT_EQ(shown["duration_ms"], 12);
  EXPECT_EQ(shown["body"], R"({"type":"campaign.started","data":{"a":"b"}})");
  EXPECT_TRUE(shown.contains("delivered_at"));
  EXPECT_FALSE(shown.contains("next_attempt_at"));
  EXPECT_FALSE(shown.contains("error"));
  EXPECT_EQ(call("GET", path + "/deliveries").json()["data"][0], shown);
}

TEST_F(WebhookDeliveries, LeaveLargeBodiesOutOfLists) {
  const auto id = log(path, "delivered", 0, std::string(16'385, 'x'));
  EXPECT_FALSE(call("GET", path + "/deliveries").json()["data"][0].contains("body"));
  EXPECT_EQ(delivery(path, id)["body"], std::string(16'385, 'x'));
}

TEST_F(WebhookDeliveries, OfMillionsShowTheNewest) {
  sql("insert into webhook_deliveries (webhook_id, id, tenant_id, type, event_count, body, status, "
      "attempts, last_attempt_at, duration_ms) select id, gen_random_uuid(), tenant_id, "
      "'campaign.started', 1, '{}', case when n % 2 = 0 then 'failed' else 'delivered' end, 1, "
      "now(), n from outgoing_webhooks, generate_series(1, 22000) n");
  const auto all = call("GET", path + "/deliveries?per_page=1").json();
  EXPECT_EQ(all["total"], 10'000);
  EXPECT_EQ(all["data"][0]["duration_ms"], 22'000);
  const auto last = call("GET", path + "/deliveries?per_page=100&page=100&status=failed").json();
  EXPECT_EQ(last["total"], 10'000);
  EXPECT_EQ(last["data"][99]["duration_ms"], 2'002);
}

// -- test

TEST_F(WebhookDeliveries, CanBeTried) {
  const auto got = call("POST", path + "/test");
  ASSERT_EQ(got.status, 200) << got.body;
  const auto tried = got.json();
  EXPECT_EQ(tried["type"], "webhook.test");
  EXPECT_EQ(tried["status"], "delivered");
  EXPECT_EQ(tried["attempts"], 1);
  EXPECT_EQ(tried["response_code"], 200);
  EXPECT_EQ(tried["response_excerpt"], "ok");
  const auto received = server.subscriber().received();
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].url, endpoint);
  EXPECT_EQ(received[0].delivery_id.to_string(), tried["id"]);
  EXPECT_EQ(*received[0].body, tried["body"]);
  const auto body = json::parse(*received[0].body);
  EXPECT_EQ(body["type"], "webhook.test");
  EXPECT_EQ(body["data"]["webhook_id"], path.substr(1));
  EXPECT_EQ(delivery(path, tried["id"]), tried);
}

TEST_F(WebhookDeliveries, OfTestsTellWhatFailed) {
  server.subscriber().answers_with([](const actors::delivery_request&) {
    actors::delivery_result result;
    result.status = 500;
    result.excerpt = "out of order";
    return result;
  });
  const auto refused = call("POST", path + "/test").json();
  EXPECT_EQ(refused["status"], "failed");
  EXPECT_EQ(refused["response_code"], 500);
  EXPECT_EQ(refused["response_excerpt"], "out of order");
  EXPECT_FALSE(refused.contains("next_attempt_at"));
  server.subscriber().answers_with([](const actors::delivery_request&) {
    actors::delivery_result result;
    result.error = "The connection was refused.";
    return result;
  });
  const auto silent = call("POST", path + "/test").json();
  EXPECT_EQ(silent["error"], "The connection was refused.");
  EXPECT_FALSE(silent.contains("response_code"));
  EXPECT_EQ(call("GET", path).json()["status"], "active") << "a test changes no status";
}

TEST_F(WebhookDeliveries, CanBeTriedWhileDisabled) {
  EXPECT_EQ(call("PATCH", path, {{"is_active", false}}).status, 200);
  EXPECT_EQ(call("POST", path + "/test").json()["status"], "delivered");
  EXPECT_EQ(call("GET", path).json()["status"], "disabled");
}

TEST_F(WebhookDeliveries, NeedASecretThatCanBeRead) {
  sql("update outgoing_webhooks set secret = 'v1:damaged'");
  EXPECT_EQ(call("POST", path + "/test").code(), "secret_unreadable");
  EXPECT_EQ(call("POST", path + "/rotate-secret", json::object()).status, 200);
  EXPECT_EQ(call("POST", path + "/test").status, 200);
}

// -- again

TEST_F(WebhookDeliveries, AreSentAgain) {
  for (const std::string status : {"delivered", "failed"}) {
    const auto id = log(path, status, 60, R"({"type":"campaign.started","n":")" + status + "\"}");
    const auto got = call("POST", path + "/deliveries/" + id + "/redeliver");
    ASSERT_EQ(got.status, 202) << got.body;
    EXPECT_EQ(got.json()["id"], id);
    EXPECT_EQ(got.json()["status"], "pending");
    EXPECT_EQ(got.json()["attempts"], 0);
    EXPECT_TRUE(got.json().contains("next_attempt_at"));
    EXPECT_TRUE(eventually([&] { return delivery(path, id)["status"] == "delivered"; }));
    const auto again = server.subscriber().received().back();
    EXPECT_EQ(again.delivery_id.to_string(), id) << "the same at every attempt";
    EXPECT_EQ(*again.body, R"({"type":"campaign.started","n":")" + status + "\"}");
    EXPECT_EQ(delivery(path, id)["attempts"], 1);
  }
}

TEST_F(WebhookDeliveries, ThatWaitNeedNotBeAskedFor) {
  const auto waiting = log(path, "pending");
  const auto again = "/deliveries/" + waiting + "/redeliver";
  EXPECT_EQ(call("POST", path + again).code(), "delivery_pending");
  EXPECT_EQ(call("POST", path + "/deliveries" + nowhere + "/redeliver").status, 404);
  EXPECT_EQ(call("POST", nowhere + again).status, 404);
  EXPECT_EQ(call("POST", make_id() + again).status, 404);
  EXPECT_EQ(delivery(path, waiting)["attempts"], 3);
}

TEST_F(WebhookDeliveries, AreNotSentWhileDisabled) {
  const auto failed = log(path, "failed");
  EXPECT_EQ(call("PATCH", path, {{"is_active", false}}).status, 200);
  EXPECT_EQ(call("POST", path + "/deliveries/" + failed + "/redeliver").code(), "webhook_disabled");
  EXPECT_EQ(call("POST", path + "/redeliver", {{"since", "2026-01-01T00:00:00Z"}}).code(),
            "webhook_disabled");
  EXPECT_EQ(delivery(path, failed)["status"], "failed");
}

TEST_F(WebhookDeliveries, ThatFailedSinceATimeAreSentAgain) {
  const auto old = log(path, "failed", 7'200);
  const auto first = log(path, "failed", 60);
  const auto second = log(path, "failed", 30);
  const auto fine = log(path, "delivered", 30);
  const auto since = format_rfc3339(system_now() - std::chrono::hours(1));
  const auto got = call("POST", path + "/redeliver", {{"since", since}});
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["redelivered"], 2);
  for (const auto& id : {first, second})
    EXPECT_TRUE(eventually([&] { return delivery(path, id)["status"] == "delivered"; }));
  EXPECT_EQ(delivery(path, old)["status"], "failed");
  EXPECT_EQ(delivery(path, fine)["attempts"], 3);
  EXPECT_THAT(server.subscriber().received(), SizeIs(2));
  EXPECT_EQ(call("POST", path + "/redeliver", {{"since", since}}).json()["redelivered"], 0);
  EXPECT_THAT(call("POST", path + "/redeliver", json::object()).wrong_fields(),
              ElementsAre("since:required"));
  EXPECT_THAT(call("POST", path + "/redeliver", {{"since", "yesterday"}}).wrong_fields(),
              ElementsAre("since:bad_format"));
  EXPECT_EQ(call("POST", nowhere + "/redeliver", {{"since", since}}).status, 404);
}

}  // namespace
}  // namespace omnistream::test
