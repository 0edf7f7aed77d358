#include "actors/ingest/mail_report.hpp"

#include <gtest/gtest.h>

#include "config/base/crypto.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;
using ids = std::vector<std::string>;

const std::string own_id = "<0193-7@shop.example>";

/// The only one who did not get it.
failed_recipient only(const mail_failure& failure) {
  EXPECT_EQ(failure.recipients.size(), 1u);
  return failure.recipients.at(0);
}

/// The second part of a report.
std::string status(const std::string& action, const std::string& diagnostic) {
  return "Reporting-MTA: dns; mx.example\r\n\r\nOriginal-Recipient: rfc822;Budi@Example.com\r\n"
         "Final-Recipient: rfc822; box-7@inner.example\r\nAction: " +
         action + "\r\nStatus: 5.1.1\r\n" +
         (diagnostic.empty() ? "" : "Diagnostic-Code: smtp; " + diagnostic + "\r\n");
}

/// A whole report, as Postfix writes it.
std::string report(const std::string& action, const std::string& diagnostic) {
  return "Message-ID: <report@mx.example>\r\nContent-Type: multipart/report;\r\n"
         " report-type=delivery-status; boundary=\"x\"\r\n\r\n--x\r\n\r\nI'm sorry.\r\n--x\r\n"
         "Content-Type: message/delivery-status\r\n\r\n" +
         status(action, diagnostic) + "\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: " +
         "help@shop.example\r\nmessage-id:\r\n " + own_id +
         "\r\nReferences: <0@example.com>\r\n--x--\r\n";
}

json from_server(json rest) {
  rest.update(
      {{"from", "Mail Delivery System <MAILER-DAEMON@mx.example>"}, {"to", "help@shop.example"}});
  return rest;
}

TEST(mail_report, reads_a_mail_as_it_came) {
  const auto read = failure_reported_by(from_server(
      {{"email", report("failed", "550 5.1.1 <budi@example.com>:\r\n  No such user")}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message_ids, ids{own_id}) << "not its own, nor those of the thread";
  EXPECT_EQ(only(*read).address, "budi@example.com") << "whom we wrote to, not where it was led";
  EXPECT_EQ(only(*read).code, 550);
  EXPECT_EQ(only(*read).why, "550 5.1.1 <budi@example.com>: No such user");
}

TEST(mail_report, reads_a_mail_in_parts) {
  const std::string type = "Content-Type: multipart/report; report-type=\"delivery-status\"";
  const auto read = failure_reported_by(from_server(
      {{"headers", type},
       {"text", "I'm sorry."},
       {"attachments", json::array({{{"type", "message/delivery-status"},
                                     {"content", crypto::base64_encode(status("failed", ""))}},
                                    {{"content_type", "text/rfc822-headers"},
                                     {"content", "Message-ID: " + own_id}},
                                    {{"type", "image/png"}, {"content", "Message-ID: <other@x>"}},
                                    7})}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message_ids, ids{own_id});
  EXPECT_EQ(only(*read).code, std::nullopt);
  EXPECT_EQ(only(*read).why, "5.1.1");
}

TEST(mail_report, knows_servers_that_answer_as_people_do) {
  const auto read = failure_reported_by(from_server(
      {{"headers", "X-Failed-Recipients: budi@example.com, ani@example.com\nIn-Reply-To: " +
                       own_id + "\nReferences: <0@example.com> <last@shop.example>"},
       {"text", "Address not found"}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->message_ids, (ids{own_id, "<last@shop.example>"}));
  ASSERT_EQ(read->recipients.size(), 2u);
  EXPECT_EQ(read->recipients[0].address, "budi@example.com");
  EXPECT_EQ(read->recipients[1].address, "ani@example.com");
  EXPECT_EQ(read->recipients[1].why, "");
}

TEST(mail_report, tells_failures_from_other_news) {
  for (const auto* action : {"delayed", "delivered", "relayed", "expanded"}) {
    const auto mail = from_server({{"email", report(action, "451 Later")}});
    EXPECT_FALSE(failure_reported_by(mail)) << action;
    EXPECT_TRUE(is_automatic(mail)) << action;
  }
  const auto seen = from_server(
      {{"headers", "Content-Type: multipart/report; report-type=disposition-notification"}});
  EXPECT_FALSE(failure_reported_by(seen));
  const json person{{"from", "budi@example.com"}, {"text", status("failed", "550 No")}};
  EXPECT_FALSE(failure_reported_by(person)) << "somebody who quotes one";
  EXPECT_FALSE(is_automatic(person));
  auto empty_way_back = from_server({{"text", status("failed", "550 No")},
                                     {"envelope", R"({"to":["help@shop.example"],"from":""})"}});
  EXPECT_TRUE(failure_reported_by(empty_way_back));
  empty_way_back["from"] = "budi@example.com";
  EXPECT_FALSE(failure_reported_by(empty_way_back));
}

TEST(mail_report, all_that_failed_count) {
  const auto read = failure_reported_by(
      from_server({{"headers", "Content-Type: multipart/report; report-type=delivery-status"},
                   {"text",
                    "Final-Recipient: rfc822; ani@example.com\nAction: relayed\n\n"
                    "Final-Recipient: rfc822; budi@example.com\nAction: Failed\n"
                    "Diagnostic-Code: X-Postfix; unknown\n\n"
                    "Final-Recipient: rfc822; dewi@example.com\nAction: failed\n"
                    "Diagnostic-Code: smtp; 552 Full\n\n"
                    "Final-Recipient: rfc822; Budi@example.com\nAction: failed\n"}}));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->recipients.size(), 2u) << "each once";
  EXPECT_EQ(read->recipients[0].address, "budi@example.com");
  EXPECT_EQ(read->recipients[0].code, std::nullopt);
  EXPECT_EQ(read->recipients[1].address, "dewi@example.com");
  EXPECT_EQ(read->recipients[1].code, 552);
  EXPECT_EQ(read->recipients[1].why, "552 Full");
  EXPECT_TRUE(read->message_ids.empty());
}

TEST(mail_report, may_come_from_nobody) {
  for (const auto* const from : {"", "<>", "MAILER-DAEMON (Mail Delivery System)"}) {
    const json mail{{"from", from},
                    {"envelope", R"({"to":["help@shop.example"],"from":""})"},
                    {"text", status("failed", "550 No")}};
    EXPECT_TRUE(failure_reported_by(mail)) << from;
  }
}

TEST(mail_report, automatic_answers_say_so) {
  const auto automatic = [](const std::string& headers) {
    return is_automatic({{"from", "budi@example.com"}, {"headers", headers}});
  };
  EXPECT_TRUE(automatic("Subject: Away\nAuto-Submitted: auto-replied (vacation)"));
  EXPECT_TRUE(automatic("auto-submitted:auto-generated; x=y"));
  EXPECT_TRUE(automatic("X-Autoreply: yes"));
  EXPECT_TRUE(automatic("Precedence: auto_reply"));
  EXPECT_FALSE(automatic("Auto-Submitted: no"));
  EXPECT_FALSE(automatic("Precedence: bulk"));
  EXPECT_FALSE(automatic(""));
}

TEST(mail_report, takes_whatever_comes) {
  for (const json& mail :
       {json(), json(5), json::array(), json::object(), json{{"headers", 7}, {"email", json()}},
        json{{"headers", "Content-Type"}, {"attachments", "x"}, {"envelope", "{"}}}) {
    EXPECT_FALSE(failure_reported_by(mail)) << mail;
    EXPECT_FALSE(is_automatic(mail)) << mail;
  }
  const auto read = failure_reported_by(
      from_server({{"headers", "X-Failed-Recipients: " + std::string(1'000, 'x')},
                   {"text", "Message-ID: <" + std::string(1'000, 'y') + "> <\nMessage-ID: <"}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(only(*read).address, "");
  EXPECT_TRUE(read->message_ids.empty());
  const auto told = failure_reported_by(
      from_server({{"email", report("failed", "550 " + std::string(2'000, 'z'))}}));
  ASSERT_TRUE(told);
  EXPECT_EQ(only(*told).why.size(), 500U);
}

}  // namespace
}  // namespace omnistream::actors
