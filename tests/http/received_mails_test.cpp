// Mails that come in: what they bring, and what is no message of anybody.

#include <gmock/gmock.h>

#include "config/base/crypto.hpp"
#include "tests/http/email_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;

class ReceivedMails : public email_fixture {
 protected:
  json newest() {
    return call("GET", "/api/conversations/" + chat + "/messages").json()["data"][0];
  }
  json conversation() { return call("GET", "/api/conversations/" + chat).json(); }
  std::string conversations() {
    return server.database().sql("select count(*) from conversations");
  }
  /// What a mail server says of somebody who did not get one of ours.
  static std::string failed(const std::string& to, const std::string& why) {
    return "Final-Recipient: rfc822; " + to + "\nAction: failed\nDiagnostic-Code: smtp; " + why +
           "\n\n";
  }
  /// That a mail server could not deliver one of ours.
  static json report(const std::string& message_id, const std::string& to) {
    return {{"from", "Mail Delivery System <mailer-daemon@mx.example>"},
            {"to", "help@shop.example"},
            {"subject", "Undelivered Mail Returned to Sender"},
            {"headers",
             "Content-Type: multipart/report; report-type=delivery-status\n"
             "Auto-Submitted: auto-replied"},
            {"text", "I'm sorry."},
            {"message_id", "<report-" + to + "@mx.example>"},
            {"attachments",
             json::array(
                 {{{"type", "message/delivery-status"},
                   {"content", "Final-Recipient: rfc822; " + to +
                                   "\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 No "
                                   "such user"}},
                  {{"type", "text/rfc822-headers"}, {"content", "Message-ID: " + message_id}}})}};
  }
};

TEST_F(ReceivedMails, ThatReportAFailureFailTheMail) {
  send({{"type", "text"}, {"text", {{"body", "On its way."}}}});
  const std::string own = await_status("sent")["external_id"];
  receive(report(own, "budi@example.com"));
  const auto failed = await_status("failed");
  EXPECT_EQ(failed["text"], "On its way.");
  EXPECT_EQ(failed["error_code"], 550);
  EXPECT_EQ(failed["error_message"],
            "The mail could not be delivered to budi@example.com: 550 5.1.1 No such user");
  EXPECT_EQ(conversations(), "1") << "the report itself is not shown";
  receive(report(own, "budi@example.com"));
  EXPECT_EQ(conversations(), "1") << "nor when it comes again";
}

TEST_F(ReceivedMails, ThatReportALostCopyOnlySaySo) {
  send(mail({{"text", "Here"}, {"cc", {"Ani@example.com"}}}));
  const std::string own = await_status("sent")["external_id"];
  receive(report(own, "ani@example.com"));
  const auto shown = newest();
  EXPECT_EQ(shown["status"], "sent");
  EXPECT_EQ(shown["error_message"],
            "The mail could not be delivered to ani@example.com: 550 5.1.1 No such user");
}

TEST_F(ReceivedMails, ThatReportSeveralFailuresTellOfAll) {
  send(mail({{"text", "Here"}, {"cc", {"Ani@example.com", "dewi@example.com"}}}));
  const std::string own = await_status("sent")["external_id"];
  auto copies = report(own, "x");
  copies["attachments"][0]["content"] =
      failed("ani@example.com", "552 Full") + failed("dewi@example.com", "550 Unknown");
  receive(copies);
  EXPECT_EQ(newest()["status"], "sent") << "they only get copies";
  EXPECT_EQ(newest()["error_message"],
            "The mail could not be delivered to ani@example.com: 552 Full; to dewi@example.com: "
            "550 Unknown");
  auto all = report(own, "y");
  all["attachments"][0]["content"] =
      failed("ani@example.com", "552 Full") + failed("budi@example.com", "554 No");
  receive(all);
  const auto shown = newest();
  EXPECT_EQ(shown["status"], "failed");
  EXPECT_EQ(shown["error_code"], 554);
  EXPECT_EQ(shown["error_message"],
            "The mail could not be delivered to budi@example.com: 554 No; to ani@example.com: 552 "
            "Full");
}

TEST_F(ReceivedMails, ThatReportAFailureMayComeFromNobody) {
  send({{"type", "text"}, {"text", {{"body", "Halo"}}}});
  const std::string own = await_status("sent")["external_id"];
  auto nameless = report(own, "budi@example.com");
  nameless["from"] = "";
  receive(nameless);
  EXPECT_EQ(newest()["status"], "failed");
  nameless = report("<other@shop.example>", "budi@example.com");
  nameless["from"] = "<>";
  receive(nameless);
  EXPECT_EQ(conversations(), "2") << "one that is not known is shown";
}

TEST_F(ReceivedMails, ThatReportAFailureOfSomebodyElseAreShown) {
  send({{"type", "text"}, {"text", {{"body", "Halo"}}}});
  const std::string own = await_status("sent")["external_id"];
  receive(report("<other@shop.example>", "budi@example.com"));
  EXPECT_EQ(conversations(), "2");
  const auto other = server.make_tenant("Other");
  server.database().sql(
      "insert into integration_accounts (tenant_id, channel, account_key, display_name) values ('" +
      other.id.to_string() + "', 'email', 'other@shop.example', 'Other')");
  auto foreign = report(own, "budi@example.com");
  foreign["to"] = "other@shop.example";
  receive(foreign);
  EXPECT_EQ(newest()["status"], "sent") << "another's mails are not theirs to fail";
  EXPECT_EQ(conversations(), "3");
}

TEST_F(ReceivedMails, ThatNobodyWroteOpenNothingAgain) {
  ASSERT_EQ(call("POST", "/api/conversations/" + chat + "/read").status, 200);
  ASSERT_EQ(
      call("PATCH", "/api/conversations/" + chat + "/status", {{"status", "resolved"}}).status,
      200);
  receive({{"from", "budi@example.com"},
           {"to", "help@shop.example"},
           {"text", "I am away."},
           {"headers", "Auto-Submitted: auto-replied"}});
  EXPECT_EQ(newest()["text"], "I am away.");
  EXPECT_EQ(conversation()["status"], "resolved");
  EXPECT_EQ(conversation()["unread_count"], 0);
  receive({{"from", "budi@example.com"}, {"to", "help@shop.example"}, {"text", "I am back."}});
  EXPECT_EQ(conversation()["status"], "open");
}

TEST_F(ReceivedMails, TellWhetherTheyAreVerified) {
  EXPECT_EQ(newest()["verified"], false);
  receive({{"from", "budi@example.com"},
           {"to", "help@shop.example"},
           {"text", "It is me."},
           {"dkim", "{@example.com : pass}"}});
  EXPECT_EQ(newest()["verified"], true);
  EXPECT_FALSE(conversation().contains("service_window_until")) << "of Meta's channels only";
  server.database().sql("update messages set edited_at = '2026-11-02T07:05:09Z'");
  EXPECT_THAT(newest()["edited_at"].get<std::string>(), testing::StartsWith("2026-11-02T07:05:09"));
}

/// Nothing is lost that a later version may be able to read.
TEST_F(ReceivedMails, WhoseSenderCannotBeReadAreKept) {
  receive({{"from", "nobody"}, {"to", "help@shop.example"}, {"text", "Halo"}});
  EXPECT_EQ(server.database().sql("select error from webhook_inbox"),
            "entries: a mail whose sender cannot be read");
  EXPECT_EQ(conversations(), "1");
  receive({{"from", ""}, {"to", "help@shop.example"}, {"text", "Too large"}});
  EXPECT_EQ(conversations(), "2") << "a mail server need not say who it is";
}

TEST_F(ReceivedMails, AreShownWithTheirWordsDecoded) {
  receive({{"from", "=?utf-8?Q?Zo=C3=AB?= <zoe@example.com>"},
           {"to", "help@shop.example"},
           {"subject", "=?iso-8859-1?Q?Caf=E9?="},
           {"text", "Halo"}});
  const auto list = call("GET", "/api/conversations").json()["data"];
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["contact_name"], "Zo\u00eb");
  EXPECT_EQ(list[0]["last_message_preview"], "Caf\u00e9\nHalo");
}

TEST_F(ReceivedMails, MayBeLargerThanOtherWebhooks) {
  const std::string file(6'000'000, 'x');
  receive({{"from", "budi@example.com"},
           {"to", "help@shop.example"},
           {"text", "My pictures."},
           {"attachments", json::array({{{"type", "image/png"}, {"content", file}}})}});
  const auto shown = newest();
  EXPECT_EQ(shown["text"], "My pictures.");
  EXPECT_GT(shown["content"]["omitted_bytes"], 6'000'000);
  const auto whole =
      call("GET", "/api/conversations/" + chat + "/messages/" + shown["id"].get<std::string>());
  EXPECT_EQ(whole.json()["content"]["attachments"][0]["content"], file);
  EXPECT_EQ(whole.json()["content"]["from"], "budi@example.com");
  EXPECT_EQ(whole.json()["text"], "My pictures.");
  EXPECT_EQ(server.database().sql("select max(pg_column_size(content)) < 2000 from messages"), "t")
      << "lists read what is short";
}

TEST_F(ReceivedMails, GiveTheirAttachments) {
  const auto get = [this](const std::string& path, header_lines headers = {}) {
    headers.emplace_back("X-API-Key", tenant.api_key);
    return server.send("GET", path, "", headers);
  };
  const std::string large(3'000'000, 'x');
  auto in_lines = crypto::base64_encode("<b>Halo</b>");
  in_lines.insert(4, "\r\n");
  for (const auto& first : {std::string("hello"), large}) {
    receive({{"from", "budi@example.com"},
             {"to", "help@shop.example"},
             {"text", "My pictures."},
             {"attachments", json::array({{{"type", "image/png"},
                                           {"filename", "a\u00e4.png"},
                                           {"content-id", "logo"},
                                           {"content", crypto::base64_encode(first)}},
                                          {{"filename", "empty.txt"}, {"content", ""}},
                                          {{"content_type", "text/html"}, {"content", in_lines}},
                                          {{"type", "text/plain"}, {"content", "no base64!"}}})}});
    const auto shown = newest();
    const std::string url = "/api/media/" + shown["id"].get<std::string>();
    EXPECT_EQ(shown["attachments"],
              json::array({{{"url", url + "?attachment=1"},
                            {"filename", "a\u00e4.png"},
                            {"content_type", "image/png"},
                            {"content_id", "logo"}},
                           {{"url", url + "?attachment=3"}, {"content_type", "text/html"}},
                           {{"url", url + "?attachment=4"}, {"content_type", "text/plain"}}}));
    const auto part = get(url, {{"Range", "bytes=1-3"}});
    EXPECT_EQ(part.status, 206) << part.body;
    EXPECT_EQ(part.body, first.substr(1, 3));
    EXPECT_EQ(part.header("ETag"), '"' + crypto::sha256_hex(first) + '"');
    EXPECT_EQ(part.header("Content-Disposition"), "inline; filename*=UTF-8''a%C3%A4.png");
    server.database().sql(
        "update messages set content = content - 'attachments' "
        "where content_rest is not null");
    for (int i = 0; i < 2; ++i) {  // the second time it is kept
      EXPECT_TRUE(get(url + "?attachment=1").body == first);
      const auto page = get(url + "?attachment=3");
      EXPECT_EQ(page.body, "<b>Halo</b>");
      EXPECT_EQ(page.header("Content-Type"), "text/html");
      EXPECT_EQ(page.header("Content-Disposition"), "attachment") << "a browser runs nothing of it";
    }
    EXPECT_EQ(get(url + "?attachment=4").body, "no base64!");
    for (const auto* none : {"2", "5"})
      EXPECT_EQ(get(url + "?attachment=" + none).status, 404) << none;
    EXPECT_EQ(
        server.call(server.make_tenant("Other" + first.substr(0, 1)).api_key, "GET", url).status,
        404);
  }
  EXPECT_EQ(get("/api/media/" +
                server.database().sql("select id from messages where content ->> 'text' = 'My "
                                      "order.'"))
                .status,
            404);
}

TEST_F(ReceivedMails, OfOursShowTheirAttachments) {
  const auto file = upload("%PDF-1.7 x", "invoice.pdf");
  ASSERT_EQ(send(mail({{"text", "Here"}, {"attachments", {{{"media_id", file}}}}})).status, 202);
  EXPECT_EQ(newest()["attachments"], json::array({{{"url", "/api/media/" + file},
                                                   {"filename", "invoice.pdf"},
                                                   {"content_type", "application/pdf"}}}));
}

TEST_F(ReceivedMails, ThatAreLongAreToldWithoutTheirContent) {
  const auto hook =
      call("POST", "/api/outgoing-webhooks",
           {{"url", "https://93.184.216.34/hook"}, {"event_types", {"message.received"}}});
  ASSERT_EQ(hook.status, 201) << hook.body;
  const std::string text(100'000, 'x');
  receive({{"from", "budi@example.com"}, {"to", "help@shop.example"}, {"text", text}});
  ASSERT_TRUE(eventually([&] { return !server.subscriber().received().empty(); }));
  const auto told = json::parse(*server.subscriber().received().back().body)["data"];
  EXPECT_EQ(told["type"], "email");
  EXPECT_TRUE(told["content"].is_null()) << told;
  const auto shown = newest();
  EXPECT_EQ(shown["text"], text.substr(0, 8'192));
  const auto whole =
      call("GET", "/api/conversations/" + chat + "/messages/" + shown["id"].get<std::string>());
  EXPECT_EQ(whole.json()["text"], text);
}

}  // namespace
}  // namespace omnistream::test
