// What people write on every channel, through the real programs: each example in
// tests/inbound_examples is posted as Meta or a mail server does it, and looked at as an agent
// does.

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

/// The examples of a channel: `name`, `webhook`, and which messages it `becomes`.
json examples_of(const std::string& channel) {
  std::ifstream file(std::string(OMNISTREAM_SOURCE_DIR) + "/tests/inbound_examples/" + channel +
                     ".json");
  return json::parse(file)["examples"];
}

class InboundExamples : public testing::Test {
 protected:
  InboundExamples() {
    EXPECT_TRUE(around.server().start());
    owner = std::make_unique<tenant>(around.server(), "Toko Maju");
  }

  void connect(const std::string& channel, const std::string& key, json config) {
    if (channel == "whatsapp") return (void)owner->connect(key);
    owner->must("POST", "/api/integration-accounts",
                {{"channel", channel},
                 {"account_key", key},
                 {"display_name", "Toko"},
                 {"config", std::move(config)}});
  }
  void post(const std::string& channel, const std::string& body) {
    http_headers headers{{"Content-Type", "application/json"}};
    if (channel != "email")
      headers.emplace_back("X-Hub-Signature-256",
                           "sha256=" + crypto::hmac_sha256_hex(app_secret, body));
    const auto got = client.send("POST", "/webhook/" + channel, body, headers);
    ASSERT_EQ(got.status, 200) << got.body;
  }
  /// What an agent sees of a channel: every message, by its channel's id.
  std::map<std::string, json> seen(const std::string& channel) {
    std::map<std::string, json> all;
    for (int page = 1;; ++page) {
      const auto list = owner->must("GET", "/api/conversations?per_page=100&channel=" + channel +
                                               "&page=" + std::to_string(page));
      for (const auto& one : list["data"]) {
        const auto messages =
            owner->must("GET", "/api/conversations/" + one["id"].get<std::string>() + "/messages");
        for (const auto& message : messages["data"])
          all[message.value("external_id", "")] = message;
      }
      if (page >= list["total_pages"]) return all;
    }
  }
  /// Until what was posted is applied, or set aside.
  void settle() {
    ASSERT_TRUE(eventually([&] {
      const auto metrics = client.send("GET", "/metrics").body;
      const auto name = metrics.find("\nomnistream_webhook_lag_seconds_count ");
      if (name == std::string::npos) return false;
      return std::stol(metrics.substr(metrics.find(' ', name))) >= posted;
    }));
  }
  /// Posts each and compares what is new with what it becomes.
  void replay(const std::string& channel) {
    auto before = seen(channel);
    for (const auto& example : examples_of(channel)) {
      SCOPED_TRACE(channel + ": " + example["name"].get<std::string>());
      post(channel, example["webhook"].dump());
      ++posted;
      settle();
      auto after = seen(channel);
      auto wanted = example["becomes"];
      ASSERT_EQ(after.size() - before.size(), wanted.size());
      for (const auto& [id, message] : after) {
        if (before.contains(id)) continue;
        EXPECT_EQ(message["direction"], wanted[0].value("direction", "inbound"));
        EXPECT_EQ(message["type"], wanted[0]["type"]);
        for (const auto* told : {"text", "status"})
          EXPECT_EQ(message.value(told, ""), wanted[0].value(told, message.value(told, "")));
      }
      post(channel, example["webhook"].dump());
      ++posted;
      before = std::move(after);
    }
    settle();
    EXPECT_EQ(seen(channel), before) << "posted again, they change nothing";
  }

  world around;
  std::unique_ptr<tenant> owner;
  http_client client{around.server().port()};
  long posted = 0;
};

TEST_F(InboundExamples, AreShownAsWhatTheyAre) {
  connect("whatsapp", "101", {});
  connect("messenger", "880101", {{"access_token", access_token}});
  connect("instagram", "178414880101", {{"access_token", access_token}, {"page_id", "880101"}});
  connect("email", "help@toko.example", json::object());
  for (const auto* channel : {"whatsapp", "messenger", "instagram", "email"}) replay(channel);
  const auto metrics = client.send("GET", "/metrics").body;
  EXPECT_EQ(metrics.find("omnistream_webhooks_set_aside_total"), std::string::npos);
}

}  // namespace
}  // namespace omnistream::test
