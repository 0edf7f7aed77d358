// What people write, as conversations of the inbox show it; and what broadcasts open, which the
// inbox does not show.

#include <algorithm>
#include <random>

#include <nlohmann/json.hpp>

#include "actors/ingest/inbox_store.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_outcome::kind;
using nlohmann::json;

constexpr int base = 1'700'000'000;  // 2023-11-14T22:13:20Z

class InboxConversations : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  static json text(const std::string& body) {
    return {{"type", "text"}, {"text", {{"body", body}}}};
  }

  /// A webhook with one message of 6281299 to our number, so many seconds after the base.
  static std::string webhook(const std::string& wamid, int at, json message = text("hi")) {
    message.update({{"from", "6281299"}, {"id", wamid}, {"timestamp", std::to_string(base + at)}});
    const json value{{"messaging_product", "whatsapp"},
                     {"metadata", {{"phone_number_id", "1001"}}},
                     {"contacts", {{{"wa_id", "6281299"}, {"profile", {{"name", "Ani"}}}}}},
                     {"messages", {message}}};
    return json{
        {"object", "whatsapp_business_account"},
        {"entry", {{{"id", "waba"}, {"changes", {{{"field", "messages"}, {"value", value}}}}}}}}
        .dump();
  }
  void apply(const std::vector<std::string>& payloads) {
    std::vector<raw_webhook> list;
    for (const auto& one : payloads) list.push_back({std::make_shared<const std::string>(one)});
    const auto ids =
        store_world::wait<std::vector<std::int64_t>>([&](auto done) { inbox->append(list, done); });
    ASSERT_TRUE(ids.ok());
    std::vector<stored_webhook> batch;
    for (std::size_t i = 0; i < list.size(); ++i)
      batch.push_back({ids.value()[i], list[i].payload});
    const auto did =
        store_world::wait<applied_webhooks>([&](auto done) { inbox->apply(batch, done); });
    ASSERT_TRUE(did.ok()) << did.error().detail;
  }
  std::string shown(const std::string& what) {
    return world.sql("select " + what + " from conversations v");
  }
  void set(const std::string& what) { world.sql("update conversations set " + what); }

  store_world world;
  std::unique_ptr<inbox_store> inbox = make_inbox_store(world.pool_);
};

TEST_F(InboxConversations, WhoeverWritesIsInTheInbox) {
  apply({webhook("a", 0, text("Where is my order?"))});
  EXPECT_EQ(shown("concat_ws(' ', in_inbox, status, unread_count, last_message_type)"),
            "t open 1 text");
  EXPECT_EQ(shown("last_message_preview"), "Where is my order?");
  EXPECT_EQ(shown("rfc3339(last_message_at) || rfc3339(last_inbound_at)"),
            "2023-11-14T22:13:20.000Z2023-11-14T22:13:20.000Z");
  apply({webhook("b", 60, {{"type", "image"}, {"image", {{"id", "1"}}}})});
  EXPECT_EQ(shown("concat_ws(' ', unread_count, last_message_type, last_message_preview)"),
            "2 image");
}

TEST_F(InboxConversations, ARepetitionChangesNothing) {
  const auto once = webhook("a", 0);
  apply({once});
  set("unread_count = 0, status = 'resolved', resolved_at = now()");
  const auto before = shown("row_to_json(v)");
  const auto contact = world.sql("select row_to_json(c) from contacts c");
  apply({once, once});
  apply({once});
  EXPECT_EQ(shown("row_to_json(v)"), before);
  EXPECT_EQ(world.sql("select row_to_json(c) from contacts c"), contact);
  EXPECT_EQ(world.sql("select count(*) from messages"), "1");
}

TEST_F(InboxConversations, ARepetitionInOneBatchCountsOnce) {
  apply({webhook("a", 0), webhook("b", 1), webhook("a", 0), webhook("b", 1)});
  EXPECT_EQ(shown("unread_count"), "2");
  EXPECT_EQ(world.sql("select count(*) from messages"), "2");
}

TEST_F(InboxConversations, WhatComesLateDoesNotLookLikeTheLatest) {
  apply({webhook("b", 60, text("second"))});
  apply({webhook("a", 0, text("first"))});
  EXPECT_EQ(shown("concat_ws(' ', last_message_preview, unread_count, rfc3339(last_inbound_at))"),
            "second 2 2023-11-14T22:14:20.000Z");
}

TEST_F(InboxConversations, IsTheSameWhateverTheOrder) {
  std::vector<std::string> all;
  for (int i = 0; i < 12; ++i) {
    all.push_back(webhook("m" + std::to_string(i), i, text("text " + std::to_string(i))));
    if (i % 3 == 0) all.push_back(all.back());
  }
  std::mt19937 random(7);
  for (int round = 0; round < 3; ++round) {
    world.sql("delete from conversations");
    std::shuffle(all.begin(), all.end(), random);
    const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    apply({all.begin(), half});
    apply({half, all.end()});
    EXPECT_EQ(shown("concat_ws(' ', unread_count, last_message_preview, rfc3339(last_message_at))"),
              "12 text 11 2023-11-14T22:13:31.000Z");
  }
}

TEST_F(InboxConversations, AreOpenedAgainByWhoeverWrites) {
  apply({webhook("a", 0)});
  int at = 0;
  for (const auto* status : {"pending", "resolved", "expired", "open"}) {
    set(std::string("status = '") + status + "', resolved_at = case when '" + status +
        "' = 'resolved' then now() end, tags = '{refund}'");
    apply({webhook(std::string("again ") + status, ++at)});
    EXPECT_EQ(shown("concat_ws(' ', status, resolved_at, tags)"), "open {refund}") << status;
  }
  EXPECT_EQ(shown("unread_count"), "5");
}

TEST_F(InboxConversations, BelongToTheDivisionOfTheirAccount) {
  const auto sales = world.sql("insert into divisions (tenant_id, name) values ('" +
                               world.id(world.tenant) + "', 'Sales') returning id");
  world.sql("update integration_accounts set division_id = '" + sales + "'");
  apply({webhook("a", 0)});
  EXPECT_EQ(shown("division_id"), sales);
  set("division_id = null");
  apply({webhook("b", 1)});
  EXPECT_EQ(shown("division_id"), "") << "where it was moved to it stays";
}

TEST_F(InboxConversations, OfABroadcastAreNotInTheInbox) {
  world.begin(3);
  world.claim(0, 3, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::sent)}, 2);
  EXPECT_EQ(world.sql("select count(*) from conversations"), "2");
  EXPECT_EQ(world.sql("select count(*) from conversations where in_inbox"), "0");
}

/// All but the two by which a broadcast finds its conversations.
TEST_F(InboxConversations, HaveIndexesThatABroadcastDoesNotTouch) {
  EXPECT_EQ(world.sql("select string_agg(indexname, ' ' order by indexname) from pg_indexes "
                      "where tablename = 'conversations' and indexdef not like '% WHERE %'"),
            "conversations_contact_account_key conversations_pkey");
}

TEST_F(InboxConversations, OfABroadcastComeInWhenThePersonWrites) {
  world.sql("insert into contacts (tenant_id, phone_number) values ('" + world.id(world.tenant) +
            "', '+6281299')");
  world.sql(
      "insert into conversations (tenant_id, contact_id, account_id, channel) select tenant_id, "
      "id, '" +
      world.id(world.account) + "', 'whatsapp' from contacts");
  world.sql(
      "insert into outgoing_webhooks (tenant_id, url, event_types, secret, created_by) values ('" +
      world.id(world.tenant) + "', 'https://example.com', '{conversation.*,message.*}', 'x', '" +
      world.id(world.tenant) + "')");
  apply({webhook("a", 0)});
  EXPECT_EQ(shown("concat_ws(' ', in_inbox, status, unread_count)"), "t open 1");
  EXPECT_EQ(world.sql("select string_agg(type, ' ' order by id) from webhook_events"),
            "conversation.created message.received");
  set("status = 'resolved', resolved_at = now()");
  world.sql("delete from webhook_events");
  apply({webhook("b", 1), webhook("c", 2)});
  EXPECT_EQ(world.sql("select string_agg(type, ' ' order by id) from webhook_events"),
            "conversation.reopened conversation.updated message.received message.received");
}

TEST_F(InboxConversations, ShowWhatAPersonReads) {
  const std::vector<std::pair<json, std::string>> samples{
      {text("Halo"), "Halo"},
      {{{"type", "button"}, {"button", {{"text", "Yes"}, {"payload", "y"}}}}, "Yes"},
      {{{"type", "interactive"},
        {"interactive", {{"type", "button_reply"}, {"button_reply", {{"title", "Stop"}}}}}},
       "Stop"},
      {{{"type", "interactive"},
        {"interactive", {{"type", "list_reply"}, {"list_reply", {{"title", "Blue"}}}}}},
       "Blue"},
      {{{"type", "image"}, {"image", {{"caption", "My foot"}}}}, "My foot"},
      {{{"type", "document"}, {"document", {{"filename", "a.pdf"}}}}, "a.pdf"},
      {{{"type", "reaction"}, {"reaction", {{"emoji", "\xF0\x9F\x91\x8D"}}}}, "\xF0\x9F\x91\x8D"},
      {{{"type", "location"}, {"location", {{"name", "Monas"}, {"latitude", 1}}}}, "Monas"},
      {{{"type", "audio"}, {"audio", {{"id", "1"}}}}, ""},
      {{{"type", "unsupported"}, {"errors", {{{"code", 131051}}}}}, ""},
      {text(std::string(300, 'x')), std::string(200, 'x')},
  };
  int at = 0;
  for (const auto& [message, expected] : samples) {
    apply({webhook("m" + std::to_string(at), at, message)});
    ++at;
    EXPECT_EQ(shown("last_message_preview"), expected) << message;
  }
}

}  // namespace
}  // namespace omnistream::test
