// What people on Messenger and Instagram are called, which only Meta knows.

#include "http/api/contact_names.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "config/base/metrics.hpp"
#include "storage/queries.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using http::api::contact_names;
using nlohmann::json;

constexpr const char* page = "880001";
constexpr const char* instagram = "178414880001";

/// A tenant with an account on both channels, and people who write to it.
class ContactNames : public testing::Test {
 protected:
  ContactNames() {
    connect({{"channel", "messenger"}, {"account_key", page}, {"config", with_token({})}});
    connect({{"channel", "instagram"},
             {"account_key", instagram},
             {"config", with_token({{"page_id", page}})}});
  }

  static json with_token(json config) {
    config["access_token"] = simulated_meta::token;
    return config;
  }
  void connect(json what) {
    what["display_name"] = "Shop";
    const auto made = server.call(tenant.api_key, "POST", "/api/integration-accounts", what);
    ASSERT_EQ(made.status, 201) << made.body;
  }

  /// Answered and applied; whoever has no name is being asked for then.
  void write(const std::string& person, const std::string& channel = "messenger") {
    const auto* account = channel == "messenger" ? page : instagram;
    const json element{{"sender", {{"id", person}}},
                       {"recipient", {{"id", account}}},
                       {"timestamp", 1'700'140'600'000},
                       {"message", {{"mid", "m_" + std::to_string(++messages)}, {"text", "Halo"}}}};
    const auto text =
        json{{"object", channel == "messenger" ? "page" : "instagram"},
             {"entry", json::array({{{"id", account}, {"messaging", json::array({element})}}})}}
            .dump();
    const auto got = server.send(
        "POST", "/webhook/" + channel, text,
        {{"Content-Type", "application/json"},
         {"X-Hub-Signature-256", "sha256=" + crypto::hmac_sha256_hex("app-secret", text)}});
    ASSERT_EQ(got.status, 200) << got.body;
    ASSERT_TRUE(eventually(
        [&] { return sql("select count(*) from messages") == std::to_string(messages); }));
  }

  std::string sql(const std::string& text) const { return server.database().sql(text); }
  std::string name_of(const std::string& person) const {
    return sql(
        "select coalesce(c.name, '') from contacts c join contact_identities i on "
        "i.contact_id = c.id where i.external_id = '" +
        person + "'");
  }
  bool gets_name(const std::string& person) const {
    return eventually([&] { return name_of(person) == name_at_meta(person); });
  }
  /// What the simulator calls them.
  std::string name_at_meta(const std::string& person) const {
    return meta.get("/v23.0/" + person + "?fields=name,username")["name"];
  }
  static int told(const std::string& outcome) {
    const auto all = metrics::render();
    const auto line = "omnistream_contact_names_total{outcome=\"" + outcome + "\"} ";
    const auto at = all.find(line);
    return at == std::string::npos ? 0 : std::stoi(all.substr(at + line.size()));
  }

  int messages = 0;
  std::atomic<timestamp> now = system_now();  ///< stands still, and so do pauses
  simulated_meta meta;
  api_server server{{.adjust =
                         [this](config::settings& of) {
                           of.meta_api_url = meta.url();
                           of.meta_app_secret = secret("app-secret");
                           of.meta_instagram_app_secret = secret("app-secret");
                         },
                     .now = [this] { return now.load(); }}};
  test_tenant tenant = server.make_tenant();
};

TEST_F(ContactNames, AreThoseThatMetaTells) {
  for (const std::string channel : {"messenger", "instagram"}) {
    const auto person = channel + "_7001";
    write(person, channel);
    EXPECT_TRUE(gets_name(person)) << channel;
    const auto list =
        server.call(tenant.api_key, "GET", "/api/conversations?channel=" + channel).json()["data"];
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0]["contact_name"], name_at_meta(person));
  }
}

TEST_F(ContactNames, AreToldAsChangesOfContacts) {
  sql("insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) values ('" +
      tenant.id.to_string() + "', 'https://a.example', '{contact.updated}', 'v1:x', '" +
      tenant.agent_id.to_string() + "')");
  write("7001");
  ASSERT_TRUE(gets_name("7001"));
  EXPECT_EQ(sql("select count(*) from webhook_events where type = 'contact.updated' and "
                "body::text like '%" +
                name_at_meta("7001") + "%'"),
            "1");
}

/// Named by an agent while Meta was away, and before it was asked again.
TEST_F(ContactNames, OfAgentsStay) {
  meta.fault({{"kind", "http_500"}});
  const auto before = told("away");
  write("7001");
  ASSERT_TRUE(eventually([&] { return told("away") == before + 1; }));
  const auto id = sql("select id from contacts");
  ASSERT_EQ(
      server.call(tenant.api_key, "PATCH", "/api/contacts/" + id, {{"name", "Pak Budi"}}).status,
      200);
  meta.clear_faults();
  now = now.load() + contact_names::away_pause;
  server.names().ask_again();
  write("7001");
  write("7002");
  ASSERT_TRUE(gets_name("7002"));
  const auto conversation =
      *uuid::parse(sql("select id from conversations where contact_id = '" + id + "'"));
  const auto late =
      server.services().pool.run(storage::access::engine(), [&](storage::session& in) {
        return in.execute(storage::queries::person_named, conversation, "Budi").boolean(0, 0);
      });
  EXPECT_FALSE(*late) << "Meta answered after that";
  EXPECT_EQ(name_of("7001"), "Pak Budi");
}

TEST_F(ContactNames, ThatMetaRefusesAreNotAskedForAgainAndAgain) {
  meta.fault({{"kind", "error"}, {"code", 230}});
  const auto before = told("refused");
  write("7001");
  ASSERT_TRUE(eventually([&] { return told("refused") == before + 1; }));
  now = now.load() + contact_names::refused_pause - std::chrono::seconds{1};
  write("7001");
  server.names().ask_again();
  write("7002");
  ASSERT_TRUE(eventually([&] { return told("refused") == before + 2; }));
  meta.clear_faults();
  write("7001");
  write("7003");
  ASSERT_TRUE(gets_name("7003"));
  EXPECT_EQ(name_of("7001"), "");
  EXPECT_EQ(told("refused"), before + 2);
  now = now.load() + std::chrono::seconds{1};
  write("7001");
  EXPECT_TRUE(gets_name("7001"));
}

/// The person need not write again for that.
TEST_F(ContactNames, AreAskedForLaterWhenMetaIsAway) {
  meta.fault({{"kind", "error"}, {"code", 80006}});
  const auto before = told("away");
  write("7001");
  ASSERT_TRUE(eventually([&] { return told("away") == before + 1; }));
  meta.clear_faults();
  server.names().ask_again();
  write("7002");
  write("8001", "instagram");
  ASSERT_TRUE(gets_name("8001"));
  EXPECT_EQ(name_of("7001"), "") << "rests";
  EXPECT_EQ(name_of("7002"), "") << "of an account that rests";
  now = now.load() + contact_names::away_pause;
  server.names().ask_again();
  EXPECT_TRUE(gets_name("7001"));
  EXPECT_TRUE(eventually([&] {
    server.names().ask_again();
    return name_of("7002") == name_at_meta("7002");
  }));
}

TEST_F(ContactNames, AreNotAskedForWithoutAToken) {
  sql("update integration_accounts set secrets = '{}' where channel = 'messenger'");
  const auto refused = told("refused"), away = told("away");
  write("7001");
  write("8001", "instagram");
  ASSERT_TRUE(gets_name("8001"));
  EXPECT_EQ(name_of("7001"), "");
  EXPECT_EQ(told("refused"), refused);
  EXPECT_EQ(told("away"), away);
}

/// What waits is bounded, whoever writes.
TEST_F(ContactNames, WaitInAQueueThatEnds) {
  meta.fault({{"kind", "latency"}, {"ms", 600'000}});
  const auto before = told("no_room");
  std::vector<uuid> conversations;
  for (const auto* person : {"7001", "7002", "7003", "7004"}) write(person);
  for (std::size_t i = 0; i < contact_names::waiting_max + contact_names::at_once_max + 10; ++i)
    conversations.push_back(uuid::v7(system_now()));
  server.names().ask(conversations);
  EXPECT_GE(told("no_room"), before + 10);
}

}  // namespace
}  // namespace omnistream::test
