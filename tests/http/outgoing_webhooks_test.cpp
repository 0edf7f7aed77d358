#include <future>

#include <gmock/gmock.h>

#include "http/api/account_secrets.hpp"
#include "http/client/webhook_signature.hpp"
#include "http/contract/tables/webhook_events.hpp"
#include "tests/http/outgoing_webhooks_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string other_secret = "whsec_VG9rbyBNYWp1IHVzZXMgdGhpcyBhcyBhIHNlY3JldA==";

TEST_F(OutgoingWebhooks, AreMadeAndShown) {
  EXPECT_EQ(call("GET").json(), json::array());
  auto made = make({{"description", "Our order system"}});
  EXPECT_TRUE(http::client::is_webhook_secret(made["secret"].get<std::string>()));
  made.erase("secret");
  EXPECT_EQ(made["url"], endpoint);
  EXPECT_EQ(made["description"], "Our order system");
  EXPECT_EQ(made["event_types"], json({"campaign.*", "message.received"}));
  EXPECT_EQ(made["is_active"], true);
  EXPECT_EQ(made["status"], "active");
  EXPECT_EQ(made["batch_max"], 1);
  EXPECT_EQ(made["batch_wait_ms"], 0);
  EXPECT_EQ(made["created_by"], tenant.agent_id.to_string());
  EXPECT_FALSE(made.contains("disabled_reason"));
  EXPECT_EQ(call("GET", "/" + made["id"].get<std::string>()).json(), made);
  auto asleep = make({{"is_active", false},
                      {"description", nullptr},
                      {"batch_max", 1'000},
                      {"batch_wait_ms", 60'000}});
  asleep.erase("secret");
  EXPECT_EQ(asleep["status"], "disabled");
  EXPECT_EQ(asleep["disabled_reason"], "by_hand");
  EXPECT_FALSE(asleep.contains("description"));
  EXPECT_EQ(call("GET").json(), json::array({asleep, made})) << "the newest first";
}

TEST_F(OutgoingWebhooks, SayAllThatIsWrong) {
  EXPECT_THAT(call("POST", "", json::object()).wrong_fields(),
              UnorderedElementsAre("url:required", "event_types:required"));
  EXPECT_THAT(
      call("POST", "",
           {{"url", "ftp://toko.example"},
            {"event_types",
             {"campaign.*", "nonsense", "campaign", "campaign.recipient", "Message.received"}},
            {"description", std::string(501, 'x')},
            {"batch_max", 0},
            {"batch_wait_ms", 60'001},
            {"secret", std::string(101, 'x')},
            {"is_default", true}})
          .wrong_fields(),
      UnorderedElementsAre("url:bad_format", "event_types.1:not_in_enum",
                           "event_types.2:not_in_enum", "event_types.3:not_in_enum",
                           "event_types.4:not_in_enum", "description:too_long",
                           "batch_max:out_of_range", "batch_wait_ms:out_of_range",
                           "secret:too_long", "is_default:unknown_field"));
  EXPECT_THAT(call("POST", "", wanted({{"event_types", json::array()}, {"batch_max", 1'001}}))
                  .wrong_fields(),
              UnorderedElementsAre("event_types:too_few_items", "batch_max:out_of_range"));
  EXPECT_THAT(call("POST", "", wanted({{"event_types", std::vector<std::string>(101, "*")}}))
                  .wrong_fields(),
              ElementsAre("event_types:too_many_items"));
  EXPECT_THAT(call("POST", "", wanted({{"url", "https://toko.example/" + std::string(2'048, 'x')}}))
                  .wrong_fields(),
              ElementsAre("url:too_long"));
  EXPECT_EQ(call("GET").json(), json::array());
}

TEST_F(OutgoingWebhooks, GoNowhereInside) {
  const auto path = make_id();
  for (const std::string url :
       {"https://127.0.0.1/hooks", "https://10.1.2.3/", "https://169.254.169.254/latest",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://2130706433/", "https://0x7f.1/",
        "https://0177.0.0.1/", "https://192.168.1.1:8443/", "http://93.184.216.34/"}) {
    EXPECT_THAT(call("POST", "", wanted({{"url", url}})).wrong_fields(),
                ElementsAre("url:not_allowed"))
        << url;
    EXPECT_THAT(call("PATCH", path, {{"url", url}}).wrong_fields(), ElementsAre("url:not_allowed"))
        << url;
  }
  EXPECT_THAT(call("POST", "", wanted({{"url", "https://nobody.invalid/"}})).wrong_fields(),
              ElementsAre("url:unresolvable"));
  const auto both =
      call("POST", "", wanted({{"url", "https://127.0.0.1/"}, {"secret", "whsec_short"}}));
  EXPECT_EQ(both.status, 422);
  EXPECT_THAT(both.wrong_fields(), ElementsAre("url:not_allowed", "secret:bad_format"));
  EXPECT_EQ(call("GET").json().size(), 1U);
  EXPECT_EQ(call("GET", path).json()["url"], endpoint);
}

TEST(OutgoingWebhooksInside, GoWhereTheSettingsAllow) {
  api_server server({.adjust = [](config::settings& values) {
    values.outgoing_webhooks_allow_http = true;
    values.outgoing_webhooks_allowed_networks = "127.0.0.0/8";
  }});
  const auto tenant = server.make_tenant();
  const auto asks = [&](const std::string& url) {
    return server
        .call(tenant.api_key, "POST", "/api/outgoing-webhooks",
              {{"url", url}, {"event_types", {"*"}}})
        .status;
  };
  EXPECT_EQ(asks("http://127.0.0.1:9/hooks"), 201);
  EXPECT_EQ(asks("https://127.0.0.2/hooks"), 201);
  EXPECT_EQ(asks("http://10.0.0.1/hooks"), 422);
}

TEST_F(OutgoingWebhooks, TakeOnlyRealSecrets) {
  for (const std::string odd :
       {"whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64 at all!!!!!",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    EXPECT_THAT(call("POST", "", wanted({{"secret", odd}})).wrong_fields(),
                ElementsAre("secret:bad_format"))
        << odd;
  EXPECT_EQ(make({{"secret", known_secret}})["secret"], known_secret);
  EXPECT_NE(make()["secret"], make()["secret"]);
}

TEST_F(OutgoingWebhooks, KeepTheirSecrets) {
  testing::internal::CaptureStderr();
  const auto path = "/" + make({{"secret", known_secret}})["id"].get<std::string>();
  const auto rotated = call("POST", path + "/rotate-secret", {{"secret", other_secret}});
  std::string seen = call("POST", "", wanted({{"secret", known_secret}, {"batch_max", 0}})).body;
  seen += call("POST", path + "/rotate-secret", {{"secret", known_secret + "x"}}).body;
  seen += call("GET").body + call("GET", path).body + call("PATCH", path, {{"batch_max", 2}}).body;
  seen += call("POST", path + "/test").body + call("GET", path + "/deliveries").body;
  seen += sql("select json_agg(to_json(w)) from outgoing_webhooks w");
  seen += testing::internal::GetCapturedStderr();
  EXPECT_EQ(rotated.json()["secret"], other_secret);
  for (const auto& plain : {known_secret, other_secret})
    EXPECT_THAT(seen, Not(HasSubstr(plain.substr(6, 20))));

  const auto& key = server.services().encryption_key;
  const auto id = *uuid::parse(path.substr(1));
  const auto sealed = sql("select secret from outgoing_webhooks");
  EXPECT_EQ(http::api::open_webhook_secret(key, id, sealed), other_secret);
  EXPECT_EQ(http::api::open_webhook_secret(key, id,
                                           sql("select previous_secret from "
                                               "outgoing_webhooks")),
            known_secret);
  EXPECT_EQ(http::api::open_webhook_secret(key, other.id, sealed), std::nullopt);
  EXPECT_THAT(seen, HasSubstr(sealed)) << "only of the row itself";
  EXPECT_THAT(call("GET").body + call("GET", path).body, Not(HasSubstr("v1:")));
}

TEST_F(OutgoingWebhooks, AreChanged) {
  const auto path = make_id({{"description", "Old"}});
  const auto changed = call("PATCH", path,
                            {{"url", "https://93.184.216.34/new"},
                             {"description", nullptr},
                             {"event_types", {"*"}},
                             {"batch_max", 100},
                             {"batch_wait_ms", 500}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  const auto now = changed.json();
  EXPECT_EQ(now["url"], "https://93.184.216.34/new");
  EXPECT_FALSE(now.contains("description"));
  EXPECT_EQ(now["event_types"], json({"*"}));
  EXPECT_EQ(now["batch_max"], 100);
  EXPECT_EQ(now["batch_wait_ms"], 500);
  EXPECT_FALSE(now.contains("secret"));
  EXPECT_EQ(call("GET", path).json(), now);
  const auto same = call("PATCH", path, json::object());
  EXPECT_EQ(same.status, 200);
  EXPECT_EQ(same.json()["url"], now["url"]);
  EXPECT_THAT(call("PATCH", path,
                   {{"status", "active"}, {"secret", known_secret}, {"event_types", {"sms.*"}}})
                  .wrong_fields(),
              UnorderedElementsAre("status:unknown_field", "secret:unknown_field",
                                   "event_types.0:not_in_enum"));
  EXPECT_THAT(call("PATCH", path, {{"url", nullptr}}).wrong_fields(),
              ElementsAre("url:null_not_allowed"));
}

TEST_F(OutgoingWebhooks, AreDisabledAndEnabledAgain) {
  const auto path = make_id();
  const auto disabled = call("PATCH", path, {{"is_active", false}}).json();
  EXPECT_EQ(disabled["status"], "disabled");
  EXPECT_EQ(disabled["is_active"], false);
  EXPECT_EQ(disabled["disabled_reason"], "by_hand");
  EXPECT_TRUE(disabled.contains("disabled_at"));
  const auto enabled = call("PATCH", path, {{"is_active", true}}).json();
  EXPECT_EQ(enabled["status"], "active");
  EXPECT_EQ(enabled["is_active"], true);
  for (const auto* gone : {"disabled_reason", "disabled_at", "failing_since"})
    EXPECT_FALSE(enabled.contains(gone)) << gone;
}

TEST_F(OutgoingWebhooks, AreEnabledAgainWhyeverTheyWereDisabled) {
  const auto path = make_id();
  sql("update outgoing_webhooks set status = 'disabled', disabled_reason = 'failing', disabled_at "
      "= now(), failing_since = now() - interval '5 days'");
  const auto seen = call("GET", path).json();
  EXPECT_EQ(seen["disabled_reason"], "failing");
  EXPECT_TRUE(seen.contains("failing_since"));
  const auto enabled = call("PATCH", path, {{"is_active", true}}).json();
  EXPECT_EQ(enabled["status"], "active");
  EXPECT_FALSE(enabled.contains("failing_since"));
}

TEST_F(OutgoingWebhooks, AreDeletedWithAllTheyHave) {
  const auto path = make_id();
  const auto kept = make_id();
  log(path, "delivered");
  log(kept, "delivered");
  for (const auto& one : {path, kept})
    sql("insert into webhook_outbox (webhook_id, id, tenant_id, occurred_at, bytes) values ('" +
        one.substr(1) + "', 1, '" + tenant.id.to_string() + "', now(), 2)");
  EXPECT_EQ(call("DELETE", path).status, 200);
  for (const auto* table : {"outgoing_webhooks", "webhook_deliveries"})
    EXPECT_EQ(sql(std::string("select count(*) from ") + table), "1") << table;
  EXPECT_EQ(sql("select count(*) from webhook_outbox where webhook_id = '" + path.substr(1) + "'"),
            "0");
  for (const auto& [method, rest] :
       std::vector<std::pair<std::string, std::string>>{{"GET", ""},
                                                        {"DELETE", ""},
                                                        {"GET", "/deliveries"},
                                                        {"POST", "/test"},
                                                        {"POST", "/rotate-secret"}})
    EXPECT_EQ(
        call(method, path + rest, rest == "/rotate-secret" ? json::object() : json(nullptr)).status,
        404)
        << method << rest;
  EXPECT_EQ(call("PATCH", path, {{"is_active", true}}).status, 404);
}

TEST_F(OutgoingWebhooks, GetNewSecrets) {
  const auto made = make({{"secret", known_secret}});
  const auto path = "/" + made["id"].get<std::string>();
  const auto first = call("POST", path + "/rotate-secret", json::object());
  ASSERT_EQ(first.status, 200) << first.body;
  const std::string fresh = first.json()["secret"];
  EXPECT_TRUE(http::client::is_webhook_secret(fresh));
  const auto until = parse_rfc3339(first.json()["previous_secret_until"].get<std::string>());
  ASSERT_TRUE(until);
  EXPECT_LT(*until - system_now(), std::chrono::hours(24));
  EXPECT_GT(*until - system_now(), std::chrono::hours(23));
  EXPECT_EQ(call("GET", path).json()["previous_secret_until"],
            first.json()["previous_secret_until"]);
  ASSERT_EQ(call("POST", path + "/test").status, 200);
  EXPECT_THAT(server.subscriber().received().back().secrets, ElementsAre(fresh, known_secret));

  const auto second =
      call("POST", path + "/rotate-secret", {{"secret", other_secret}, {"previous_valid_s", 0}});
  EXPECT_EQ(second.json(), json({{"secret", other_secret}}));
  EXPECT_FALSE(call("GET", path).json().contains("previous_secret_until"));
  ASSERT_EQ(call("POST", path + "/test").status, 200);
  EXPECT_THAT(server.subscriber().received().back().secrets, ElementsAre(other_secret));

  EXPECT_THAT(call("POST", path + "/rotate-secret", {{"previous_valid_s", 604'801}}).wrong_fields(),
              ElementsAre("previous_valid_s:out_of_range"));
  EXPECT_THAT(call("POST", path + "/rotate-secret", {{"secret", "whsec_x"}}).wrong_fields(),
              ElementsAre("secret:bad_format"));
}

TEST_F(OutgoingWebhooks, AreBounded) {
  const auto path = make_id();
  sql("insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) select "
      "tenant_id, url, event_types, secret, created_by from outgoing_webhooks, "
      "generate_series(1, 48)");
  std::vector<std::future<api_answer>> calls;
  for (int i = 0; i < 4; ++i)
    calls.push_back(std::async(std::launch::async, [this] { return call("POST", "", wanted()); }));
  int made = 0;
  for (auto& one : calls) {
    const auto got = one.get();
    if (got.status == 201) {
      ++made;
    } else {
      EXPECT_EQ(got.code(), "too_many_webhooks") << got.body;
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(call("GET").json().size(), 50U);
  EXPECT_EQ(server.call(other.api_key, "POST", "/api/outgoing-webhooks", wanted()).status, 201);
  EXPECT_EQ(call("DELETE", path).status, 200);
  make();
}

/// Every operation of a subscription: method, path behind it, body.
struct operation_of_one {
  std::string method, rest;
  json body = nullptr;
};
const std::vector<operation_of_one>& operations_of_one() {
  static const std::string delivery = "/deliveries/018f5b6e-7a3c-7c11-9d55-2f6f1e5c0001";
  static const std::vector<operation_of_one> all{
      {"GET", ""},
      {"PATCH", "", {{"is_active", false}}},
      {"DELETE", ""},
      {"GET", "/deliveries"},
      {"GET", delivery},
      {"POST", delivery + "/redeliver"},
      {"POST", "/test"},
      {"POST", "/rotate-secret", json::object()},
      {"POST", "/redeliver", {{"since", "2026-01-01T00:00:00Z"}}}};
  return all;
}

TEST_F(OutgoingWebhooks, BelongToOneTenant) {
  const auto path = make_id();
  const auto delivery = "/deliveries/" + log(path, "failed");
  const auto before = sql("select json_agg(to_json(w)) from outgoing_webhooks w");
  auto operations = operations_of_one();
  operations.push_back({"GET", delivery});
  operations.push_back({"POST", delivery + "/redeliver"});
  for (const auto& one : operations) {
    const auto got = server.call(other.api_key, one.method,
                                 "/api/outgoing-webhooks" + path + one.rest, one.body);
    EXPECT_EQ(got.status, 404) << one.method << one.rest << got.body;
  }
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/outgoing-webhooks").json(), json::array());
  EXPECT_EQ(sql("select json_agg(to_json(w)) from outgoing_webhooks w"), before);
  EXPECT_EQ(call("GET", path + delivery).json()["status"], "failed");
  EXPECT_TRUE(server.subscriber().received().empty());
}

TEST_F(OutgoingWebhooks, AreForAdminsAndSupervisors) {
  const auto path = make_id();
  const auto [agent, powerless] = server.make_agent(tenant.id, "budi@toko.example");
  const auto [leader, supervisor] = server.make_agent(tenant.id, "siti@toko.example", "supervisor");
  auto operations = operations_of_one();
  for (auto& one : operations) one.rest = path + one.rest;
  operations.push_back({"GET", ""});
  operations.push_back({"GET", "/events"});
  operations.push_back({"POST", "", wanted()});
  for (const auto& one : operations) {
    const auto at = "/api/outgoing-webhooks" + one.rest;
    EXPECT_EQ(server.call(powerless, one.method, at, one.body).code(), "permission_denied")
        << one.method << at;
    if (one.method != "DELETE") {
      EXPECT_NE(server.call(supervisor, one.method, at, one.body).status, 403) << one.method << at;
    }
  }
  EXPECT_EQ(server.call(supervisor, "DELETE", "/api/outgoing-webhooks" + path).status, 200);
}

}  // namespace
}  // namespace omnistream::test
