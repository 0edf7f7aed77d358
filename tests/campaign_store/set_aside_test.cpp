// A webhook of which something cannot be applied: the rest is, and that is tried again.

#include "actors/ingest/webhook_application.hpp"
#include "tests/campaign_store/channel_inbox.hpp"

namespace omnistream::test {
namespace {

class SetAside : public ::testing::Test, protected channel_inbox {
 protected:
  SetAside() { sql("alter table messages add constraint fault check (external_id <> 'bad')"); }
  void mend() { sql("alter table messages drop constraint fault"); }
  void make_due() { sql("update webhook_inbox set retry_at = now() where retry_at is not null"); }
  std::string stored() {
    return sql("select string_agg(external_id, ' ' order by external_id) from messages");
  }
  std::string aside(const std::string& what) {
    return sql("select " + what + " from webhook_inbox");
  }
};

TEST_F(SetAside, OneBadEntryHoldsNothingElseUp) {
  const auto webhook =
      messaging(false, {wrote("p", "a", 1), wrote("p", "bad", 2), wrote("p", "c", 3)});
  EXPECT_FALSE(try_apply({webhook}).ok());
  EXPECT_EQ(stored(), "") << "together it is all or nothing";
  sql("delete from webhook_inbox");
  const auto did = apply_apart(webhook);
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(did->messages, 2U);
  ASSERT_EQ(did->refused.size(), 1U);
  EXPECT_EQ(stored(), "a c");
  EXPECT_EQ(sql("select unread_count from conversations"), "2") << "nothing of the bad one stays";
  EXPECT_EQ(aside("error"), did->refused[0]);
  EXPECT_NE(aside("error").find("messenger message bad of p: "), std::string::npos);
  EXPECT_NE(aside("error").find("\"fault\""), std::string::npos) << "the cause: " << aside("error");
  EXPECT_EQ(aside("concat_ws(' ', attempts, parts, failed_at is not null, retry_at > now())"),
            "1 {\"messenger message bad of p\"} t t");
  EXPECT_TRUE(waiting().empty()) << "it holds up nobody after a start";
}

/// Only a later version may be able to read it; what came with it waits for nothing.
TEST_F(SetAside, AMailWhoseSenderCannotBeReadIsKept) {
  auto mail = nlohmann::json::parse(*mailed("budi@x.example", "1").payload);
  mail["from"] = "nobody";
  apply({raw(mail, webhook_source::email), mailed("budi@x.example", "2")});
  EXPECT_EQ(sql("select count(*) from messages"), "1");
  EXPECT_EQ(aside("concat_ws(' ', error, parts, retry_at is null)"),
            "entries: a mail whose sender cannot be read {entries} t");
  EXPECT_EQ(apply_again(true)->did.refused.size(), 1U);
  EXPECT_EQ(aside("attempts"), "2");
}

TEST_F(SetAside, IsAppliedOnceItCanBe) {
  apply_apart(messaging(false, {wrote("p", "a", 1), wrote("p", "bad", 2)}));
  auto again = apply_again();
  EXPECT_EQ(again->tried, 0) << "not due";
  make_due();
  again = apply_again();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->tried, 1);
  EXPECT_EQ(again->did.refused.size(), 1U);
  EXPECT_EQ(aside("attempts"), "2");
  mend();
  make_due();
  sql("update messages set type = 'marked'");
  again = apply_again();
  EXPECT_EQ(again->did.messages, 1U) << "only what was left";
  EXPECT_EQ(stored(), "a bad");
  EXPECT_EQ(aside("count(*)"), "0");
}

TEST_F(SetAside, IsTriedABoundedNumberOfTimesAndAfterEachStart) {
  apply_apart(messaging(false, {wrote("p", "bad", 2)}));
  const auto since = aside("failed_at");
  for (int i = 0; i < 10; ++i) {
    make_due();
    ASSERT_TRUE(apply_again().ok());
  }
  EXPECT_EQ(aside("concat_ws(' ', attempts, retry_at is null)"), "6 t");
  EXPECT_EQ(aside("failed_at"), since) << "it is kept no longer for that";
  EXPECT_EQ(apply_again(true)->tried, 1);
  EXPECT_EQ(aside("concat_ws(' ', attempts, retry_at is null)"), "7 t");
  mend();
  EXPECT_EQ(apply_again(true)->did.messages, 1U);
  EXPECT_EQ(aside("count(*)"), "0");
}

TEST_F(SetAside, WaitsLongerEachTime) {
  std::optional<std::chrono::minutes> before{0};
  for (int failures = 1; failures <= 5; ++failures) {
    const auto wait = retry_after(failures);
    ASSERT_TRUE(wait);
    EXPECT_GT(*wait, *before);
    before = wait;
  }
  EXPECT_FALSE(retry_after(6));
  EXPECT_FALSE(retry_after(1'000));
}

TEST_F(SetAside, WhatCannotBeReadIsTriedWholeAfterAStart) {
  const auto did = apply_apart({std::make_shared<const std::string>("[]"), webhook_source::email});
  ASSERT_TRUE(did.ok());
  EXPECT_EQ(aside("error"), "the payload: The payload is no mail.");
  sql("update webhook_inbox set payload = '" + *mailed("p@x.example", "1").payload + "'");
  EXPECT_EQ(apply_again(true)->did.messages, 1U);
  EXPECT_EQ(aside("count(*)"), "0");
}

TEST_F(SetAside, EachKindOfEntryStandsForItself) {
  sql("alter table wa_templates add constraint fault check (status <> 'PAUSED')");
  sql("alter table campaign_recipients add constraint fault check (status <> 4)");
  world.begin(2);
  world.claim(0, 2, 1);
  const auto status = [&](int seq, const char* name) {
    return nlohmann::json{
        {"id", "wamid." + std::to_string(seq)},
        {"status", name},
        {"timestamp", std::to_string(base_s)},
        {"recipient_id", "1"},
        {"biz_opaque_callback_data",
         recipient_id(world.campaign, static_cast<std::uint32_t>(seq)).to_string()}};
  };
  using nlohmann::json;
  auto body = json::parse(
      *whatsapp({{"messages", json::array({on_whatsapp("6281299", "good", 1, text("hi"))})},
                 {"statuses", json::array({status(1, "read"), status(2, "delivered")})}})
           .payload);
  body["entry"][0]["changes"].push_back({{"field", "message_template_status_update"},
                                         {"value",
                                          {{"event", "PAUSED"},
                                           {"message_template_id", 12},
                                           {"message_template_name", "hello"},
                                           {"message_template_language", "en_US"}}}});
  const auto did = apply_apart(raw(body));
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(stored(), "good");
  EXPECT_EQ(world.status_of(1), 0);
  EXPECT_EQ(world.status_of(2), 3);
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(aside("parts"), "{\"template hello en_US PAUSED\",\"status read of wamid.1\"}");

  sql("alter table wa_templates drop constraint fault");
  sql("alter table campaign_recipients drop constraint fault");
  ASSERT_TRUE(apply_again(true).ok());
  EXPECT_EQ(world.status_of(1), 4);
  EXPECT_EQ(sql("select status from wa_templates"), "APPROVED") << "it may be so again";
  EXPECT_EQ(aside("concat_ws(' ', parts, retry_at is null)"), "{\"template hello en_US PAUSED\"} t")
      << "for a person, and not tried in vain";
}

TEST_F(SetAside, EntriesThatCannotBeReadAreSetAsideAndTheRestApplies) {
  auto late = wrote("p", "late", 2);
  late.erase("timestamp");
  const auto webhook =
      messaging(false, {wrote("p", "a", 1), std::move(late), wrote("p", std::string(513, 'x'), 3)});
  const auto did = try_apply({webhook, messaging(false, {wrote("p", "b", 4)})});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(stored(), "a b");
  ASSERT_EQ(did->refused.size(), 1U);
  const std::string fault =
      "an event of messenger without a sender, a time, or an id of at most 512 bytes";
  EXPECT_EQ(aside("error"), "entries: " + fault + ", " + fault);
  EXPECT_EQ(aside("concat_ws(' ', attempts, parts, retry_at is null)"), "1 {entries} t")
      << "for a person, and not tried in vain";

  const auto again = apply_again(true);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->did.messages, 0U);
  EXPECT_EQ(again->did.refused.size(), 1U);
  EXPECT_EQ(aside("concat_ws(' ', attempts, retry_at is null)"), "2 t");

  sql("delete from webhook_inbox");
  auto broken = wrote("p", "broken", 5);
  broken["message"]["mid"] = "";
  ASSERT_TRUE(apply_apart(messaging(false, {wrote("p", "c", 5), broken})).ok());
  EXPECT_EQ(stored(), "a b c");
  EXPECT_EQ(aside("parts"), "{entries}");
}

/// What only shows when all of it is to be committed.
TEST_F(SetAside, ACommitThatFailsCountsAsATry) {
  for (int i = 0; i < 2; ++i) apply_apart(messaging(false, {wrote("p", "bad", 1)}));
  sql("update webhook_inbox set payload = replace(payload, 'bad', 'spoiled'), parts = null");
  mend();
  sql("create function spoil() returns trigger language plpgsql as $$ begin "
      "raise exception 'spoiled' using errcode = 'P0001'; end $$");
  sql("create constraint trigger fault after insert on messages deferrable initially deferred for "
      "each row when (new.external_id = 'spoiled') execute function spoil()");
  make_due();
  EXPECT_FALSE(apply_again().ok()) << "of several nobody knows which one it is";
  EXPECT_EQ(aside("string_agg(attempts::text, ' ')"), "1 1");
  const auto one = apply_again(false, 1);
  ASSERT_TRUE(one.ok()) << one.error().detail;
  EXPECT_EQ(one->tried, 1);
  EXPECT_EQ(one->did.refused.size(), 1U);
  EXPECT_EQ(aside("string_agg(attempts::text, ' ' order by attempts)"), "1 2");
  EXPECT_EQ(aside("count(*) filter (where retry_at > now())"), "1");
}

}  // namespace
}  // namespace omnistream::test
