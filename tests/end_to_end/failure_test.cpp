// What goes wrong around the server: settings, ports, databases, callers, Meta.

#include <csignal>
#include <future>

#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "storage/embedded_server.hpp"
#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

// -- starting -------------------------------------------------------------------------------------

TEST(Start, WrongSettingsAreAllNamedAndEndWithTwo) {
  const temporary_folder folder("settings");
  const auto run = run_program({{program_path("omnistream"), "serve"},
                                {{"OMNISTREAM_HTTP_PORT", "99999"},
                                 {"OMNISTREAM_LOG_LEVEL", "loud"},
                                 {"OMNISTREAM_DATABASE_URL", "mysql://root:hunter2secret@host/db"},
                                 {"META_API_URL", "graph"},
                                 {"OMNISTREAM_HTP_PORT", "1"}},
                                {},
                                {},
                                folder.path()});
  EXPECT_EQ(run.end.exit_code, 2);
  for (const auto* name : {"99999", "loud", "META_API_URL", "OMNISTREAM_HTP_PORT", "postgresql://"})
    EXPECT_NE(run.errors.find(name), std::string::npos) << name << " is not in " << run.errors;
  EXPECT_EQ(run.errors.find("hunter2secret"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "omnistream-data"));
}

TEST(Start, ATakenPortIsNamedAndEndsWithOne) {
  world first, second;
  ASSERT_TRUE(first.server().start());
  second.server().settings()["OMNISTREAM_HTTP_PORT"] = std::to_string(first.server().port());
  second.server().begin();
  const auto end = second.server().process().wait(std::chrono::seconds(60));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 1);
  EXPECT_NE(second.server().log().find("port " + std::to_string(first.server().port())),
            std::string::npos)
      << second.server().log();
  EXPECT_TRUE(first.server().running());
}

TEST(Start, ASecondServerOnTheSameDatabaseIsRefused) {
  world around;
  ASSERT_TRUE(around.server().start());
  auto settings = around.server().settings();
  settings["OMNISTREAM_HTTP_PORT"] = std::to_string(free_port());
  const auto run =
      run_program({{program_path("omnistream"), "serve"}, settings, {}, {}, around.folder()});
  EXPECT_EQ(run.end.exit_code, 1);
  EXPECT_NE(run.errors.find("Another OmniStream server uses this database"), std::string::npos)
      << run.errors;
  EXPECT_EQ(http_client(around.server().port()).send("GET", "/ready").status, 200);
}

TEST(Start, BootstrapBesideAServerRefusesAnAddressTwice) {
  world around;
  ASSERT_TRUE(around.server().start());
  const tenant first(around.server(), "Toko Maju");
  const auto again = around.server().command(
      {"bootstrap", "--tenant", "Other", "--email", first.email(), "--password", admin_password});
  EXPECT_EQ(again.end.exit_code, 1);
  EXPECT_EQ(again.output, "");
  EXPECT_NE(again.errors.find("omnistream: "), std::string::npos) << again.errors;
  const auto short_password = around.server().command(
      {"bootstrap", "--tenant", "Other", "--email", "o@e2e.example", "--password", "short"});
  EXPECT_EQ(short_password.end.exit_code, 1);
  EXPECT_NE(short_password.errors.find("--password"), std::string::npos) << short_password.errors;
}

// -- the database ---------------------------------------------------------------------------------

/// A PostgreSQL of the test's own, which can go away for as long as it takes.
class other_database {
 public:
  other_database() : folder_("other") {
    provide_cluster(folder_.path());
    come();
  }
  void come() {
    storage::embedded_options options;
    options.data_dir = folder_.path();
    running_ = storage::embedded_server::start(options);
  }
  void go() { running_.reset(); }

  /// As the setting takes it.
  std::string url() const {
    const auto text = running_->database_url();  // host='/folder' port=5432 user=... dbname=...
    const auto from = text.find('\'') + 1;
    auto host = text.substr(from, text.find('\'', from) - from);
    for (auto at = host.find('/'); at != std::string::npos; at = host.find('/'))
      host.replace(at, 1, "%2F");
    const auto port = text.find("port=") + 5;
    return "postgresql://omnistream@/omnistream?host=" + host +
           "&port=" + text.substr(port, text.find(' ', port) - port);
  }

 private:
  temporary_folder folder_;
  std::unique_ptr<storage::embedded_server> running_;
};

TEST(Database, MayGoAwayAndComeBack) {
  other_database beside;
  world_options options;
  options.settings["OMNISTREAM_DATABASE_URL"] = beside.url();
  world around(options);
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101");
  const auto campaign = owner.draft("order_update");
  beside.go();
  http_client probe(around.server().port());
  EXPECT_TRUE(eventually([&] { return probe.send("GET", "/ready").status == 503; }));
  EXPECT_EQ(probe.send("GET", "/health").status, 200);
  const auto away = owner.call("GET", "/api/campaigns/" + campaign);
  EXPECT_EQ(away.status, 503) << away.body;
  EXPECT_NE(away.header("Retry-After"), "");
  EXPECT_EQ(owner.call("POST", "/api/campaigns/" + campaign + "/send").status, 503);
  EXPECT_TRUE(around.server().running());
  beside.come();
  EXPECT_TRUE(eventually([&] { return probe.send("GET", "/ready").status == 200; }));
  owner.add(campaign, phone_numbers(0, 20));
  owner.send(campaign);
  EXPECT_EQ(owner.await_end(campaign)["sent_count"], 20);
  EXPECT_EQ(around.server().stop(), 0);
}

// -- a running server -----------------------------------------------------------------------------

class Running : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared = std::make_unique<world>(world_options{{"--mps", "unlimited", "--delivered-share", "0"},
                                                   {{"OMNISTREAM_LOG_LEVEL", "debug"}}});
    ASSERT_TRUE(shared->server().start());
  }
  static void TearDownTestSuite() { shared.reset(); }
  void SetUp() override {
    ASSERT_TRUE(shared->server().running());
    to.emplace(shared->server().port());
  }
  void TearDown() override {
    EXPECT_EQ(http_client(shared->server().port()).send("GET", "/health").status, 200);
  }

  http_answer post_signed(const std::string& body, const std::string& path = "/webhook",
                          const std::string& secret_key = app_secret) {
    return to->send(
        "POST", path, body,
        {{"X-Hub-Signature-256", "sha256=" + crypto::hmac_sha256_hex(secret_key, body)}});
  }

  static json status_webhook(const std::string& phone_number_id, const json& recipient,
                             const std::string& status) {
    const json one{{"id", recipient["external_id"]},
                   {"status", status},
                   {"timestamp", "1764000000"},
                   {"recipient_id", recipient["phone_number"].get<std::string>().substr(1)},
                   {"biz_opaque_callback_data", recipient["id"]}};
    return {
        {"object", "whatsapp_business_account"},
        {"entry",
         {{{"id", "1"},
           {"changes",
            {{{"field", "messages"},
              {"value",
               {{"messaging_product", "whatsapp"},
                {"metadata", {{"phone_number_id", phone_number_id}, {"display_phone_number", "1"}}},
                {"statuses", json::array({one})}}}}}}}}}};
  }

  static std::unique_ptr<world> shared;
  std::optional<http_client> to;
};
std::unique_ptr<world> Running::shared;

TEST_F(Running, WebhooksCountOnlyWithTheRightSignature) {
  tenant owner(shared->server(), "Toko Maju");
  owner.connect("801");
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, {"+6281200000001"});
  owner.send(campaign);
  owner.await_end(campaign);
  const auto row = owner.recipient(campaign, "+6281200000001");
  const auto told = status_webhook("801", row, "read").dump();
  EXPECT_EQ(to->send("POST", "/webhook", told).status, 401);
  EXPECT_EQ(post_signed(told, "/webhook", "another secret").status, 401);
  EXPECT_EQ(to->send("POST", "/webhook", told, {{"X-Hub-Signature-256", "sha256="}}).status, 401);
  const auto proper = crypto::hmac_sha256_hex(app_secret, told);
  EXPECT_EQ(to->send("POST", "/webhook", told + " ", {{"X-Hub-Signature-256", "sha256=" + proper}})
                .status,
            401);
  EXPECT_EQ(owner.campaign(campaign)["read_count"], 0);
  // Signed, but told of another number: not about this campaign.
  EXPECT_EQ(post_signed(status_webhook("802", row, "failed").dump()).status, 200);
  EXPECT_EQ(post_signed(told, "/webhook/whatsapp").status, 200);
  owner.await(campaign, [](const json& now) { return now["read_count"] == 1; });
  // Told again, and told late what is long surpassed: nothing moves.
  EXPECT_EQ(post_signed(told).status, 200);
  EXPECT_EQ(post_signed(status_webhook("801", row, "sent").dump()).status, 200);
  EXPECT_EQ(post_signed(status_webhook("801", row, "failed").dump()).status, 200);
  EXPECT_EQ(owner.campaign(campaign)["read_count"], 1);
  EXPECT_EQ(owner.recipient(campaign, "+6281200000001")["status"], "read");
}

TEST_F(Running, TheHandshakeGivesTheChallengeBack) {
  const std::string path = "/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=";
  const auto got = to->send("GET", path + verify_token);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "1158201444");
  EXPECT_EQ(to->send("GET", path + "wrong").status, 403);
}

TEST_F(Running, GarbageInWebhooksHurtsNobody) {
  tenant owner(shared->server(), "Toko Maju");
  owner.connect("802");
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, {"+6281200000002"});
  owner.send(campaign);
  owner.await_end(campaign);
  const auto row = owner.recipient(campaign, "+6281200000002");
  auto wrong_types = status_webhook("802", row, "read");
  wrong_types["entry"][0]["changes"][0]["value"]["statuses"][0]["timestamp"] = json::array();
  wrong_types["entry"][0]["changes"][0]["value"]["statuses"][0]["biz_opaque_callback_data"] = 7;
  for (const auto& body :
       {std::string("not json"), std::string("[]"), std::string("{}"), std::string("null"),
        std::string("\xff\xfe\x00", 3), std::string(200'000, '['),
        std::string(R"({"object":1,"entry":{"a":[1e999]}})"), wrong_types.dump(),
        std::string(R"({"object":"whatsapp_business_account","entry":[{"changes":[{}]}]})")}) {
    const auto status = post_signed(body).status;
    EXPECT_TRUE(status == 200 || (status >= 400 && status < 500)) << status << body.substr(0, 80);
  }
  EXPECT_EQ(post_signed(status_webhook("802", row, "delivered").dump()).status, 200);
  owner.await(campaign, [](const json& now) { return now["delivered_count"] == 1; });
}

TEST_F(Running, BodiesHaveLimits) {
  tenant owner(shared->server(), "Toko Maju");
  const std::string huge(100u << 20, 'x');
  const auto refused = to->send("POST", "/api/campaigns", huge, {{"X-API-Key", owner.api_key()}});
  EXPECT_EQ(refused.status, 413) << refused.body;
  EXPECT_EQ(post_signed(std::string(5u << 20, ' ')).status, 413);
  EXPECT_EQ(to->send("POST", "/api/campaigns", "{}",
                     {{"X-API-Key", owner.api_key()}, {"Content-Type", "text/plain"}})
                .status,
            415);
  EXPECT_EQ(to->send("POST", "/api/campaigns", "{", {{"X-API-Key", owner.api_key()}}).status, 400);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(to->send("POST", "/api/campaigns", deep, {{"X-API-Key", owner.api_key()}}).status, 400);
}

TEST_F(Running, EveryAnswerHasARequestId) {
  EXPECT_NE(to->send("GET", "/health").header("X-Request-Id"), "");
  const auto got = to->send("GET", "/api/campaigns", "", {{"X-Request-Id", "mine-1"}});
  EXPECT_EQ(got.status, 401);
  EXPECT_EQ(got.header("X-Request-Id"), "mine-1");
  EXPECT_EQ(got.json()["request_id"], "mine-1");
  const auto wild = to->send("GET", "/nowhere", "", {{"X-Request-Id", "a b\"c"}});
  EXPECT_EQ(wild.status, 404);
  EXPECT_NE(wild.header("X-Request-Id"), "a b\"c");
  EXPECT_EQ(wild.header("Content-Type"), "application/problem+json");
}

TEST_F(Running, MetricsTellOfRequestsStorageAndDispatch) {
  tenant owner(shared->server(), "Toko Maju");
  owner.connect("803");
  const auto campaign = owner.draft("hello_world");
  owner.must("POST", "/api/campaigns/" + campaign + "/recipients",
             {{"phone_numbers", {"+6281200000003"}}});
  owner.send(campaign, 10);
  owner.await_rest(campaign, shared->simulator());
  const auto text = to->send("GET", "/metrics").body;
  for (const auto* family :
       {"omnistream_http_requests_total", "omnistream_http_request_seconds_bucket",
        "omnistream_storage_statement_seconds_count", "omnistream_storage_connections",
        "omnistream_dispatcher_messages_total", "omnistream_dispatcher_rate_mps",
        "omnistream_dispatcher_queue_messages", "omnistream_campaign_outcomes_total",
        "omnistream_webhook_lag_seconds_count"})
    EXPECT_NE(text.find(family), std::string::npos) << family;
  EXPECT_NE(text.find("operation=\"campaigns_send\",status=\"200\""), std::string::npos);
}

TEST_F(Running, TheLogHoldsNoSecret) {
  tenant owner(shared->server(), "Toko Maju");
  const std::string token = "EAAG-token-for-the-log-test-271828";
  const auto account = owner.connect("804", 0, token);
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, phone_numbers(0, 5));
  owner.send(campaign, 10);
  shared->simulator().fault({{"kind", "expire_token"}});
  owner.call("GET", "/api/integration-accounts/" + account + "/health");
  owner.call("PATCH", "/api/integration-accounts/" + account,
             {{"config", {{"access_token", token + "2"}}}});
  shared->simulator().heal();
  const auto wrong_login =
      json{{"email", owner.email()}, {"password", "wrong-" + std::string(admin_password)}};
  EXPECT_EQ(to->send("POST", "/api/auth/login", wrong_login.dump()).status, 401);
  const auto login = to->send("POST", "/api/auth/login",
                              json{{"email", owner.email()}, {"password", admin_password}}.dump());
  ASSERT_EQ(login.status, 200);
  const std::string session = login.json()["token"];
  to->send("GET", "/api/auth/me", "", {{"Authorization", "Bearer " + session}});
  to->send("GET", "/api/campaigns", "", {{"X-API-Key", owner.api_key() + "x"}});
  to->send("GET", "/webhook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=" +
                      std::string(verify_token));
  const auto log = shared->server().log();
  EXPECT_NE(log.find("auth_login"), std::string::npos) << "requests are not in this log at all";
  for (const std::string& secret_text :
       {std::string(access_token), token, owner.api_key(), session, std::string(app_secret),
        std::string(verify_token), std::string(admin_password)})
    EXPECT_EQ(log.find(secret_text), std::string::npos) << "the log holds " << secret_text;
  const auto shown = owner.must("GET", "/api/integration-accounts/" + account).dump();
  EXPECT_EQ(shown.find(token), std::string::npos);
}

TEST(Stopping, AnswersTheCallsThatAreInFlight) {
  world around;
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101", 5);
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, phone_numbers(0, 500));
  auto waiting = std::async(std::launch::async, [&] {
    http_client caller(around.server().port());
    return caller.send("POST", "/api/campaigns/" + campaign + "/send", "",
                       {{"X-API-Key", owner.api_key()}, {"Prefer", "wait=25"}});
  });
  owner.await(campaign, [](const json& now) { return now["status"] == "sending"; });
  EXPECT_EQ(around.server().stop(), 0);
  const auto got = waiting.get();
  EXPECT_TRUE(got.status == 200 || got.status == 503) << got.status << got.body;
  ASSERT_TRUE(around.server().start());
  const auto now = owner.campaign(campaign);
  EXPECT_EQ(now["status"], "sending");
  EXPECT_EQ(now["uncertain_count"], 0);
  EXPECT_EQ(around.server().stop(), 0);
  EXPECT_EQ(around.simulator().stats()["duplicates"], 0);
}

}  // namespace
}  // namespace omnistream::test
