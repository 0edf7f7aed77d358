// A mail that answers one of ours belongs to its conversation, whoever writes it.

#include "tests/campaign_store/people_inbox.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

/// Budi wrote, and was answered with <own@shop.example>.
class MailThreads : public ::testing::Test, protected people_inbox {
 protected:
  MailThreads() {
    apply({mailed("budi@x.example", "1")});
    chat = conversation("budi@x.example");
    sent(chat, "<own@shop.example>");
  }

  std::string conversation(const std::string& address) {
    return sql(
        "select v.id from conversations v join contact_identities i on i.contact_id = v.contact_id "
        "where i.channel = 'email' and v.channel = 'email' and i.external_id = '" +
        address + "'");
  }
  /// A mail of ours in a conversation.
  void sent(const std::string& where, const std::string& message_id) {
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at, status) select tenant_id, id, 'outbound', '" +
        message_id + "', 'text', '{}', now(), 2 from conversations where id = '" + where + "'");
  }
  /// What somebody writes, `rest` with what it answers.
  static raw_webhook written(const std::string& from, const std::string& id, const json& rest) {
    auto mail = json::parse(*mailed(from, id).payload);
    mail.update(rest);
    return raw(mail, webhook_source::email);
  }
  static raw_webhook answer(const std::string& from, const std::string& id,
                            const std::string& to = "<own@shop.example>") {
    return written(from, id, {{"headers", "In-Reply-To: " + to}});
  }
  /// Where a mail is that was posted.
  std::string place_of(const std::string& from, const std::string& id) {
    return sql("select conversation_id from messages where external_id = 'email:" + from + " <" +
               id + "@x.example> to help@shop.example'");
  }
  std::string state(const std::string& where) {
    return sql(
        "select concat_ws(' ', status, unread_count, last_message_preview) from "
        "conversations where id = '" +
        where + "'");
  }
  std::string count(const std::string& what) { return sql("select count(*) from " + what); }

  std::string chat;
};

TEST_F(MailThreads, AreAnsweredFromAnyAddress) {
  apply({answer("ani@y.example", "2")});
  EXPECT_EQ(place_of("ani@y.example", "2"), chat);
  EXPECT_EQ(state(chat), "open 2 mail 2");
  EXPECT_EQ(count("conversations") + count("contacts") + count("contact_identities"), "111")
      << "nobody is made a contact";
  EXPECT_EQ(sql("select content ->> 'from' from messages where external_id like '%<2@%'"),
            "Person <ani@y.example>");
  apply({mailed("ani@y.example", "3")});
  EXPECT_EQ(count("conversations"), "2") << "what answers nothing is a conversation of its own";
  apply({answer("ani@y.example", "4")});
  EXPECT_EQ(place_of("ani@y.example", "4"), chat) << "also of somebody who has one";
}

TEST_F(MailThreads, AreNamedInManyWays) {
  int number = 10;
  for (const json& rest :
       {json{{"in_reply_to", "<own@shop.example>"}},
        json{{"references", "<0@x> <own@shop.example>"}},
        json{{"references", {"<own@shop.example>", "<0@x>"}}},
        json{{"headers", "Subject: x\r\nreferences: <0@x>\r\n <own@shop.example>\r\n"}},
        json{{"in_reply_to", "<1@x>"}, {"headers", "References: <own@shop.example>"}},
        json{{"email", "In-Reply-To: <own@shop.example>\n\nHalo"}}}) {
    const auto id = std::to_string(++number);
    const auto from = "p" + id + "@y.example";
    apply({written(from, id, rest)});
    EXPECT_EQ(place_of(from, id), chat) << rest;
  }
}

TEST_F(MailThreads, TheNewestMailDecides) {
  apply({mailed("cici@x.example", "2")});
  const auto other = conversation("cici@x.example");
  sent(other, "<other@shop.example>");
  apply({written("ani@y.example", "3", {{"references", "<own@shop.example> <other@shop.example>"}}),
         written("ani@y.example", "4", {{"references", "<other@shop.example> <own@shop.example>"}}),
         written("ani@y.example", "5",
                 {{"references", "<own@shop.example>"}, {"in_reply_to", "<other@shop.example>"}})});
  EXPECT_EQ(place_of("ani@y.example", "3"), other);
  EXPECT_EQ(place_of("ani@y.example", "4"), chat);
  EXPECT_EQ(place_of("ani@y.example", "5"), other);
}

TEST_F(MailThreads, TwentyReferencesAreLookedAt) {
  std::string newer;
  for (int i = 0; i < 19; ++i) newer += " <" + std::to_string(i) + "@y.example>";
  apply({written("ani@y.example", "2", {{"references", "<own@shop.example>" + newer}}),
         written("cici@y.example", "3", {{"references", "<own@shop.example> <x@y>" + newer}})});
  EXPECT_EQ(place_of("ani@y.example", "2"), chat);
  EXPECT_NE(place_of("cici@y.example", "3"), chat);
}

TEST_F(MailThreads, OfOthersAreNotOurs) {
  sql("insert into integration_accounts (tenant_id, channel, account_key, display_name) values ('" +
      world.id(world.tenant) + "', 'email', 'sales@shop.example', 'Sales')");
  apply({answer("ani@y.example", "2", "<1@x.example>")});
  EXPECT_NE(place_of("ani@y.example", "2"), chat) << "a mail of the contact";
  sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at) select tenant_id, id, 'inbound', '<their@x.example>', 'email', '{}', now() from "
      "conversations where id = '" +
      chat + "'");
  apply({answer("cici@y.example", "3", "<their@x.example>")});
  EXPECT_NE(place_of("cici@y.example", "3"), chat) << "whatever its id";
  auto to_sales = json::parse(*answer("dewi@y.example", "4").payload);
  to_sales["to"] = "sales@shop.example";
  apply({raw(to_sales, webhook_source::email)});
  EXPECT_EQ(sql("select count(*) from messages where conversation_id = '" + chat + "'"), "3")
      << "of another account";
  const auto other = uuid::v7(system_now());
  sql("insert into tenants (id, name) values ('" + world.id(other) + "', 'two')");
  sql("insert into integration_accounts (tenant_id, channel, account_key, display_name) values ('" +
      world.id(other) + "', 'email', 'help@other.example', 'Other')");
  to_sales["to"] = "help@other.example";
  apply({raw(to_sales, webhook_source::email)});
  EXPECT_EQ(sql("select count(*) from messages where conversation_id = '" + chat + "'"), "3")
      << "of another tenant";
  EXPECT_EQ(sql("select count(*) from messages where tenant_id = '" + world.id(other) + "'"), "1");
}

/// As where an agent sends one to the account besides.
TEST_F(MailThreads, OurOwnCopiesDoNotJoin) {
  const auto before = state(chat);
  apply({answer("help@shop.example", "2")});
  EXPECT_NE(place_of("help@shop.example", "2"), chat);
  EXPECT_EQ(state(chat), before);
}

/// Answers go to the contact where nobody else is to get them.
TEST_F(MailThreads, AreHeldWithTheContactWhoeverJoins) {
  apply({answer("ani@y.example", "2")});
  EXPECT_EQ(place_of("ani@y.example", "2"), chat);
  EXPECT_EQ(sql("select channel_id from conversations where id = '" + chat + "'"),
            "budi@x.example");
}

TEST_F(MailThreads, ProgramsDoNotJoin) {
  apply({written("ani@y.example", "2",
                 {{"headers", "Auto-Submitted: auto-replied\nIn-Reply-To: <own@shop.example>"}})});
  EXPECT_NE(place_of("ani@y.example", "2"), chat);
  EXPECT_EQ(state(chat), "open 1 mail 1");
}

TEST_F(MailThreads, AreTheSameInABatchAndWhenTheyComeAgain) {
  const std::vector<raw_webhook> batch{mailed("cici@x.example", "2"),
                                       answer("ani@y.example", "3"),
                                       mailed("budi@x.example", "4"),
                                       answer("ani@y.example", "3"),
                                       mailed("ani@y.example", "5"),
                                       answer("budi@x.example", "6"),
                                       by("6281201", "")};
  apply(batch);
  const auto all = [this] {
    return sql(
        "select string_agg(concat_ws(' ', channel, unread_count, (select count(*) from "
        "messages m where m.conversation_id = v.id)), '; ' order by channel, unread_count) "
        "from conversations v");
  };
  EXPECT_EQ(all(), "email 1 1; email 1 1; email 4 5; whatsapp 1 1");
  EXPECT_EQ(place_of("ani@y.example", "3"), chat);
  apply(batch);
  EXPECT_EQ(all(), "email 1 1; email 1 1; email 4 5; whatsapp 1 1");
}

TEST_F(MailThreads, AreOpenAgainOnceAnswered) {
  sql("update conversations set status = 'resolved', resolved_at = now(), unread_count = 0");
  apply({answer("ani@y.example", "2")});
  EXPECT_EQ(state(chat), "open 1 mail 2");
}

/// Two contacts, each with a mail of ours, turn out to be one person.
TEST_F(MailThreads, GoOnInWhatTheyWereMergedInto) {
  apply({by("", "ID.7"), by("6281201", "")});
  for (const auto& [who, address] : {std::pair{"phone_number is null", "one@z.example"},
                                     std::pair{"phone_number is not null", "two@z.example"}}) {
    sql("insert into contact_identities (tenant_id, channel, external_id, contact_id) select "
        "tenant_id, 'email', '" +
        std::string(address) +
        "', id from contacts where (whatsapp_user_id is not null or "
        "phone_number is not null) and " +
        who);
    apply({mailed(address, address)});
    sent(conversation(address), "<to-" + std::string(address) + ">");
  }
  apply({answer("ani@y.example", "2", "<to-one@z.example>"), by("6281201", "ID.7"),
         answer("ani@y.example", "3", "<to-two@z.example>")});
  const auto merged = conversation("one@z.example");
  EXPECT_EQ(conversation("two@z.example"), merged);
  EXPECT_EQ(place_of("ani@y.example", "2"), merged);
  EXPECT_EQ(place_of("ani@y.example", "3"), merged);
  apply({answer("ani@y.example", "4", "<to-one@z.example>"),
         answer("ani@y.example", "5", "<to-two@z.example>")});
  EXPECT_EQ(place_of("ani@y.example", "4"), merged);
  EXPECT_EQ(place_of("ani@y.example", "5"), merged);
}

}  // namespace
}  // namespace omnistream::test
