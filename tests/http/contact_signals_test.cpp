// What Meta shows contacts of agents at work.

#include "http/api/contact_signals.hpp"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/base/metrics.hpp"
#include "http/api/account_secrets.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

/// A tenant with a conversation whose contact wrote a minute ago, on WhatsApp unless it is moved.
class ContactSignals : public testing::Test {
 protected:
  explicit ContactSignals(bool shows_typing = true, bool shows_read = true)
      : server({.adjust =
                    [=, this](config::settings& of) {
                      of.meta_api_url = meta.url();
                      of.conversations_show_typing = shows_typing;
                      of.conversations_show_read = shows_read;
                    },
                .now = [this] { return now.load(); }}) {
    account =
        sql("insert into integration_accounts (tenant_id, channel, account_key, display_name, "
            "phone_number_id) values (" +
            own() + ", 'whatsapp', '600', 'Toko', '1111') returning id");
    sql("update integration_accounts set secrets = '" +
        json{{"access_token",
              http::api::seal_secret(server.services().encryption_key, *uuid::parse(account),
                                     "access_token", simulated_meta::token)}}
            .dump() +
        "'");
    const auto contact = sql("insert into contacts (tenant_id, phone_number) values (" + own() +
                             ", '+6281234567890') returning id");
    conversation =
        sql("insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
            "unread_count, last_message_at, last_inbound_at) values (" +
            own() + ", '" + contact + "', '" + account +
            "', 'whatsapp', true, 1, now(), now() - interval '1 minute') returning id");
    wrote("wamid.1");
  }

  std::string sql(const std::string& text) const { return server.database().sql(text); }
  std::string own() const { return "'" + tenant.id.to_string() + "'"; }
  void wrote(const std::string& id) const {
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values (" +
        own() + ", '" + conversation + "', 'inbound', '" + id + "', 'text', '{}', now())");
  }
  /// To a channel of pages, whose person '7001' wrote to it.
  void move_to(const std::string& channel) const {
    sql("update integration_accounts set channel = '" + channel + "', phone_number_id = null");
    sql("update conversations set channel = '" + channel + "'");
    sql("insert into contact_identities (tenant_id, channel, external_id, contact_id) select " +
        own() + ", '" + channel + "', '7001', contact_id from conversations");
    meta.post("/_sim/messaging",
              {{"object", "page"}, {"account_id", "600"}, {"from", "7001"}, {"text", "Halo"}});
  }
  int type(const std::string& key, bool is_typing = true) const {
    return server
        .call(key, "POST", "/api/conversations/" + conversation + "/typing",
              {{"is_typing", is_typing}})
        .status;
  }
  int read() const {
    return server.call(tenant.api_key, "POST", "/api/conversations/" + conversation + "/read")
        .status;
  }
  int told_on_whatsapp() const { return meta.get("/_sim/stats")["read_receipts"]; }
  /// What a page did, the last first.
  std::vector<std::string> told_on_messenger() const {
    std::vector<std::string> list;
    const auto all = meta.get("/_sim/messages?phone_number_id=600");
    for (const auto& one : all["messages"]) list.push_back(one["body"]["sender_action"]);
    return list;
  }

  std::atomic<timestamp> now = system_now();  ///< stands still, and so do pauses
  simulated_meta meta;
  api_server server;
  test_tenant tenant = server.make_tenant();
  std::string account, conversation;
};

TEST_F(ContactSignals, ShowThatAnAgentTypesOnceInAWhile) {
  const auto other = server.make_tenant("Other");
  EXPECT_EQ(type(other.api_key), 404);
  EXPECT_EQ(type(tenant.api_key, false), 200);
  EXPECT_EQ(type(tenant.api_key), 200);
  ASSERT_TRUE(eventually([&] { return told_on_whatsapp() == 1; }));
  EXPECT_EQ(type(tenant.api_key), 200);
  wrote("wamid.2");
  EXPECT_EQ(read(), 200);
  ASSERT_TRUE(eventually([&] { return told_on_whatsapp() > 1; }));
  EXPECT_EQ(told_on_whatsapp(), 2) << "the one of reading";
  now = now.load() + http::api::contact_signals::typing_pause;
  EXPECT_EQ(type(tenant.api_key), 200);
  EXPECT_TRUE(eventually([&] { return told_on_whatsapp() == 3; }));
}

TEST_F(ContactSignals, ShowOnMessengerWhatAgentsDo) {
  move_to("messenger");
  EXPECT_EQ(type(tenant.api_key), 200);
  ASSERT_TRUE(eventually([&] { return told_on_messenger().size() == 1; }));
  EXPECT_EQ(read(), 200);
  ASSERT_TRUE(eventually([&] { return told_on_messenger().size() == 2; }));
  EXPECT_THAT(told_on_messenger(), testing::ElementsAre("mark_seen", "typing_on"));
}

/// The answer to the agent is the same, and the server goes on.
TEST_F(ContactSignals, ThatFailConcernNobody) {
  meta.fault({{"kind", "error"}, {"code", 100}});
  EXPECT_EQ(type(tenant.api_key), 200);
  EXPECT_EQ(read(), 200);
  meta.clear_faults();
  sql("update integration_accounts set secrets = '{}'");
  wrote("wamid.2");
  EXPECT_EQ(read(), 200);
}

/// What cannot be shown is looked at once in a while, of each who asks.
TEST_F(ContactSignals, AreNotLookedForAgainAndAgain) {
  const std::string in_vain =
      "omnistream_contact_signals_total{outcome=\"no_target\",what=\"typing\"} ";
  const auto lookups = [&] {
    const auto all = metrics::render();
    const auto at = all.find(in_vain);
    return at == std::string::npos ? 0 : std::stoi(all.substr(at + in_vain.size()));
  };
  const auto before = lookups();
  sql("update integration_accounts set pause_code = 'account_refused', pause_reason = 'Spam.'");
  EXPECT_EQ(type(tenant.api_key), 200);
  ASSERT_TRUE(eventually([&] { return lookups() == before + 1; }));
  sql("update integration_accounts set pause_code = null, pause_reason = null");
  EXPECT_EQ(type(tenant.api_key), 200) << "rests";
  now = now.load() + http::api::contact_signals::typing_pause;
  EXPECT_EQ(type(tenant.api_key), 200);
  ASSERT_TRUE(eventually([&] { return told_on_whatsapp() > 0; }));
  EXPECT_EQ(told_on_whatsapp(), 1);
  EXPECT_EQ(lookups(), before + 1);
}

/// Of two signs one is switched off. It is asked for first: when the other one has arrived twice,
/// it would have, too.
class SilentTyping : public ContactSignals {
 protected:
  SilentTyping() : ContactSignals(false, true) {}
};

TEST_F(SilentTyping, IsNotShown) {
  move_to("messenger");
  EXPECT_EQ(type(tenant.api_key), 200);
  EXPECT_EQ(read(), 200);
  ASSERT_TRUE(eventually([&] { return told_on_messenger().size() >= 1; }));
  wrote("wamid.2");
  EXPECT_EQ(read(), 200);
  ASSERT_TRUE(eventually([&] { return told_on_messenger().size() >= 2; }));
  EXPECT_THAT(told_on_messenger(), testing::ElementsAre("mark_seen", "mark_seen"));
}

class SilentReading : public ContactSignals {
 protected:
  SilentReading() : ContactSignals(true, false) {}
};

TEST_F(SilentReading, IsNotShown) {
  move_to("messenger");
  EXPECT_EQ(read(), 200);
  EXPECT_EQ(type(tenant.api_key), 200);
  ASSERT_TRUE(eventually([&] { return told_on_messenger().size() >= 1; }));
  now = now.load() + http::api::contact_signals::typing_pause;
  EXPECT_EQ(type(tenant.api_key), 200);
  ASSERT_TRUE(eventually([&] { return told_on_messenger().size() >= 2; }));
  EXPECT_THAT(told_on_messenger(), testing::ElementsAre("typing_on", "typing_on"));
}

}  // namespace
}  // namespace omnistream::test
