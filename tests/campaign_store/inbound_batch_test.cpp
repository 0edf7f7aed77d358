// Many messages in one commit: as if each had come alone.

#include "tests/campaign_store/channel_inbox.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

class InboundBatch : public ::testing::Test, protected channel_inbox {
 protected:
  static raw_webhook from(const std::string& number, std::vector<json> messages,
                          const std::string& name = "") {
    json value{{"messages", std::move(messages)}};
    if (!name.empty())
      value["contacts"] = json::array({{{"wa_id", number}, {"profile", {{"name", name}}}}});
    return whatsapp(std::move(value));
  }
  std::string conversations() {
    return sql(
        "select string_agg(concat_ws(' ', coalesce(c.name, i.external_id), v.unread_count, "
        "v.last_message_preview), '; ' order by coalesce(c.name, i.external_id)) from "
        "conversations v join contacts c on c.id = v.contact_id left join contact_identities i on "
        "i.contact_id = c.id");
  }
};

TEST_F(InboundBatch, CountsAndShowsWhatEachConversationGot) {
  apply({from("6281201", {on_whatsapp("6281201", "a1", 5, text("first"))}, "Ani"),
         from("6281201", {on_whatsapp("6281201", "a2", 9, text("last"))}, "Ani"),
         from("6281202", {on_whatsapp("6281202", "b1", 1, text("Halo"))}, "Budi"),
         from("6281201", {on_whatsapp("6281201", "a3", 7, text("between"))}, "Ani"),
         from("6281201", {on_whatsapp("6281201", "a1", 5, text("again"))}, "Ani"),
         messaging(false, {wrote("p", "m1", 2), wrote("p", "m2", 1)}),
         mailed("cici@x.example", "1")});
  EXPECT_EQ(conversations(), "Ani 3 last; Budi 1 Halo; Person 1 mail 1; p 2 text m1");
  EXPECT_EQ(sql("select count(*) from contacts"), "4");
  apply({from("6281201", {on_whatsapp("6281201", "a4", 8, text("late"))}, "Ani"),
         messaging(false, {wrote("p", "m3", 3), wrote("q", "m4", 3)})});
  EXPECT_EQ(conversations(), "Ani 4 last; Budi 1 Halo; Person 1 mail 1; p 3 text m3; q 1 text m4");
}

/// Meta's time has whole seconds: nothing but their order tells which was written first.
TEST_F(InboundBatch, KeepsTheOrderOfOneSecond) {
  std::vector<json> messages;
  std::string order;
  for (int i = 0; i < 20; ++i) {
    messages.push_back(on_whatsapp("6281201", "m" + std::to_string(i), 1, text("x")));
    order += (i == 0 ? "m" : " m") + std::to_string(i);
  }
  apply({from("6281201", messages)});
  EXPECT_EQ(sql("select string_agg(external_id, ' ' order by sent_at, id) from messages"), order);
}

TEST_F(InboundBatch, IsNotOfAFutureTime) {
  std::vector<json> messages;
  for (int i = 0; i < 500; ++i)
    messages.push_back(on_whatsapp("6281201", "m" + std::to_string(i), 1, text("x")));
  apply({from("6281201", messages)});
  const auto last = sql(
      "select max(to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / "
      "1000.0)) <= clock_timestamp() from messages");
  EXPECT_EQ(last, "t") << "what is written next comes behind them";
}

TEST_F(InboundBatch, WhatNobodyWroteOpensNothingAgain) {
  auto away = json::parse(*mailed("cici@x.example", "2").payload);
  away["headers"] = "Auto-Submitted: auto-replied";
  const auto state = [&] {
    return sql("select concat_ws(' ', status, unread_count) from conversations");
  };
  apply({mailed("cici@x.example", "1")});
  sql("update conversations set status = 'resolved', resolved_at = now(), unread_count = 0");
  apply({raw(away, webhook_source::email)});
  EXPECT_EQ(state(), "resolved 0");
  EXPECT_EQ(sql("select last_message_preview from conversations"), "mail 2") << "it is shown";
  away["message_id"] = "<3@x.example>";
  apply({raw(away, webhook_source::email), mailed("cici@x.example", "4")});
  EXPECT_EQ(state(), "open 1");
}

TEST_F(InboundBatch, TakesTheFirstNameThatSomebodyTells) {
  sql("insert into contacts (tenant_id, phone_number) values ('" + world.id(world.tenant) +
      "', '+6281201')");
  const auto name = [&] { return sql("select coalesce(name, '-') from contacts"); };
  apply({from("6281201", {on_whatsapp("6281201", "a1", 1, text("x"))})});
  EXPECT_EQ(name(), "-");
  apply({from("6281201", {on_whatsapp("6281201", "a2", 2, text("x"))}, "Ani")});
  EXPECT_EQ(name(), "Ani");
  const auto before = sql("select row_to_json(c) from contacts c");
  apply({from("6281201", {on_whatsapp("6281201", "a3", 3, text("x"))}, "Other")});
  EXPECT_EQ(sql("select row_to_json(c) from contacts c"), before) << "nothing is written";
  EXPECT_EQ(sql("select unread_count from conversations"), "3");
}

/// Who hides the number is found by Meta's user id.
TEST_F(InboundBatch, KnowsPeopleByTheirUserId) {
  const auto hidden = [&](const std::string& id, std::int64_t at) {
    auto message = on_whatsapp("", id, at, text(id));
    message.erase("from");
    message["from_user_id"] = "ID.7";
    return whatsapp({{"messages", json::array({message})}});
  };
  apply({hidden("a", 1), hidden("b", 2)});
  apply({hidden("c", 3)});
  EXPECT_EQ(sql("select count(*) || whatsapp_user_id from contacts group by whatsapp_user_id"),
            "1ID.7");
  EXPECT_EQ(sql("select unread_count || last_message_preview from conversations"), "3c");
}

TEST_F(InboundBatch, OfTwoTenantsAreKeptApart) {
  const auto other = uuid::v7(system_now());
  sql("insert into tenants (id, name) values ('" + world.id(other) + "', 'two')");
  sql("insert into integration_accounts (tenant_id, channel, account_key, display_name, "
      "phone_number_id) values ('" +
      world.id(other) + "', 'whatsapp', 'wa-1002', 'Other', '1002')");
  auto to_other = json::parse(
      *from("6281201", {on_whatsapp("6281201", "a1", 1, text("to two"))}, "Ani").payload);
  to_other["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "1002";
  apply({from("6281201", {on_whatsapp("6281201", "a1", 1, text("to one"))}, "Ani"), raw(to_other)});
  EXPECT_EQ(sql("select string_agg(message_text(m.type, m.content), '; ' order by t.name) from "
                "messages m join tenants t on t.id = m.tenant_id"),
            "to one; to two");
  EXPECT_EQ(sql("select count(distinct tenant_id) from contacts"), "2");
}

}  // namespace
}  // namespace omnistream::test
