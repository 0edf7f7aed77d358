// What comes before the message that it is about, and who may change what.

#include <algorithm>

#include "tests/campaign_store/channel_inbox.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

class EarlyEvents : public ::testing::Test, protected channel_inbox {
 protected:
  void hear(std::vector<json> elements) { apply({messaging(false, std::move(elements))}); }
  void hear_on_whatsapp(std::vector<json> messages) {
    apply({whatsapp({{"messages", std::move(messages)}})});
  }
};

TEST_F(EarlyEvents, AnEditOrARemovalWaitsForItsMessage) {
  hear({edited("p", "m1", 10, "new"), took_back("p", "m2", 11)});
  EXPECT_EQ(sql("select count(*) from messages"), "0");
  hear({wrote("p", "m1", 1), wrote("p", "m2", 2)});
  EXPECT_EQ(message("m1"), "text new");
  EXPECT_EQ(message("m2"), "deleted");
  EXPECT_EQ(shown(), "deleted");
  EXPECT_EQ(sql("select unread_count from conversations"), "2") << "as in the other order";
  EXPECT_EQ(sql("select extract(epoch from edited_at)::bigint - 1700000000 from messages where "
                "external_id = 'm1'"),
            "10");
  EXPECT_EQ(sql("select count(*) from early_message_changes"), "0");
}

TEST_F(EarlyEvents, TheNewestEditStaysInWhateverOrderTheyCome) {
  const std::vector<json> all{wrote("p", "m1", 1), edited("p", "m1", 2, "second"),
                              edited("p", "m1", 3, "third")};
  std::vector<int> order{0, 1, 2};
  do {
    sql("delete from conversations");
    for (const auto which : order) hear({all[static_cast<std::size_t>(which)]});
    hear({all[1]});  // and again
    EXPECT_EQ(message("m1"), "text third");
    EXPECT_EQ(shown(), "text third");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(EarlyEvents, WhatWasTakenBackIsNeverShownAgain) {
  hear({took_back("p", "m1", 5), edited("p", "m1", 9, "later")});
  hear({wrote("p", "m1", 1)});
  EXPECT_EQ(message("m1"), "deleted");
  hear({edited("p", "m1", 10, "again"), wrote("p", "m1", 1)});
  EXPECT_EQ(message("m1"), "deleted");
}

TEST_F(EarlyEvents, NobodyElseChangesAMessage) {
  hear({wrote("p", "m1", 1), wrote("q", "m2", 1)});
  hear({edited("q", "m1", 2, "forged"), took_back("q", "m1", 3), took_back("page-1", "m1", 3)});
  EXPECT_EQ(message("m1"), "text text m1");
  hear({edited("q", "m3", 2, "forged"), edited("p", "m3", 1, "true")});
  hear({wrote("p", "m3", 1)});
  EXPECT_EQ(message("m3"), "text true");
  apply({messaging(true, {took_back("p", "m1", 3)})});
  EXPECT_EQ(message("m1"), "text text m1") << "of another account";
}

TEST_F(EarlyEvents, TheListShowsAnEditOnlyOfTheLastMessage) {
  hear({wrote("p", "same", 1)});
  hear({element("p", 2, {{"message", {{"mid", "last"}, {"text", "text same"}}}})});
  hear({edited("p", "same", 3, "changed")});
  EXPECT_EQ(shown(), "text text same") << "of the later one, which says the same";
  hear({edited("p", "last", 4, "changed too")});
  EXPECT_EQ(shown(), "text changed too");
}

TEST_F(EarlyEvents, ALateMessageDoesNotLookLaterThanAnEcho) {
  hear({echoed("p", "e1", 10)});
  hear({wrote("p", "m1", 5)});
  EXPECT_EQ(shown(), "text text e1");
}

TEST_F(EarlyEvents, ReceiptsWaitForWhatWeWrote) {
  hear({receipt("p", "delivery", 20), receipt("p", "read", 11)});
  hear({echoed("p", "e1", 10)});
  hear({echoed("p", "e2", 15)});
  hear({echoed("p", "e3", 25)});
  EXPECT_EQ(message("e1"), "text text e1 read 11 11");
  EXPECT_EQ(message("e2"), "text text e2 delivered 20");
  EXPECT_EQ(message("e3"), "text text e3 sent");
  hear({receipt("p", "delivery", 10)});
  EXPECT_EQ(message("e1"), "text text e1 read 10 11") << "the earliest tells when";
}

TEST_F(EarlyEvents, AReceiptThatNamesAMessageStandsForThoseBeforeIt) {
  const auto on_instagram = [&](json element) { apply({messaging(true, {std::move(element)})}); };
  on_instagram(read_one("p", "e2", 30));
  on_instagram(echoed("p", "e1", 10));
  on_instagram(echoed("p", "e3", 20));
  EXPECT_EQ(message("e1"), "text text e1 sent") << "nobody knows yet how far it is read";
  on_instagram(echoed("p", "e2", 15));
  EXPECT_EQ(message("e1"), "text text e1 read 30 30");
  EXPECT_EQ(message("e2"), "text text e2 read 30 30");
  EXPECT_EQ(message("e3"), "text text e3 sent");
}

TEST_F(EarlyEvents, ADeliveryNamesItsMessagesWhateverTheClocksSay) {
  hear({echoed("p", "e1", 10)});
  hear({element("p", 12,
                {{"delivery", {{"mids", {"e0", "e1"}}, {"watermark", (base_s + 9) * 1'000}}}})});
  EXPECT_EQ(message("e1"), "text text e1 delivered 9");
}

TEST_F(EarlyEvents, MessagesOfWhatsAppAreChangedTheSameWay) {
  hear_on_whatsapp({on_whatsapp("6281299", "x1", 5, edit("w1", "new"))});
  hear_on_whatsapp({on_whatsapp("6281299", "w1", 1, text("old")),
                    on_whatsapp("6281299", "w2", 2, text("gone"))});
  EXPECT_EQ(message("w1"), "text new");
  hear_on_whatsapp({on_whatsapp("6281298", "x2", 6, revoke("w2")),
                    on_whatsapp("6281299", "x3", 4, edit("w1", "between"))});
  EXPECT_EQ(message("w2"), "text gone") << "by somebody else";
  EXPECT_EQ(message("w1"), "text new");
  hear_on_whatsapp({on_whatsapp("6281299", "x4", 7, revoke("w2"))});
  EXPECT_EQ(message("w2"), "deleted");
  EXPECT_EQ(sql("select count(*) from messages"), "2");
}

TEST_F(EarlyEvents, WhatNeverComesIsForgotten) {
  hear({edited("p", "never", 1, "x"), receipt("p", "read", 1)});
  const auto tidy = [&] {
    return store_world::wait<int>(
               [&](auto done) { inbox->remove_set_aside(std::chrono::hours{48}, done); })
        .ok();
  };
  const auto kept = [&] {
    return sql(
        "select (select count(*) from early_message_changes) + (select count(*) from "
        "channel_receipts)");
  };
  sql("update early_message_changes set created_at = now() - interval '7 days'");
  EXPECT_TRUE(tidy());
  EXPECT_EQ(kept(), "2");
  sql("update early_message_changes set created_at = now() - interval '9 days'");
  sql("update channel_receipts set created_at = now() - interval '9 days'");
  EXPECT_TRUE(tidy());
  EXPECT_EQ(kept(), "0");
}

TEST_F(EarlyEvents, TimesFarAheadAreTakenAsNow) {
  const std::int64_t ahead = 3'000'000'000 - base_s;
  const auto lately = std::stoll(sql("select extract(epoch from now())::bigint - 60")) - base_s;
  hear({wrote("p", "m1", ahead), echoed("q", "e1", lately), receipt("q", "read", ahead)});
  hear_on_whatsapp({on_whatsapp("6281299", "w1", ahead, text("later"))});
  EXPECT_EQ(sql("select count(*) from messages where sent_at > now()"), "0");
  EXPECT_EQ(sql("select count(*) from conversations where greatest(last_message_at, "
                "last_inbound_at) > now()"),
            "0");
  EXPECT_EQ(sql("select read_at <= now() from messages where external_id = 'e1'"), "t");
}

}  // namespace
}  // namespace omnistream::test
