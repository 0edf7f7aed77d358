// Mails that agents send in conversations.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/email_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class EmailMessages : public email_fixture {};

TEST_F(EmailMessages, AnswerTheLastMailOfTheContact) {
  const auto taken = send({{"type", "text"}, {"text", {{"body", "On its way."}}}});
  ASSERT_EQ(taken.status, 202) << taken.body;
  const std::string own = taken.json()["external_id"];
  EXPECT_THAT(own, StartsWith("<"));
  EXPECT_THAT(own, EndsWith("@shop.example>"));
  const auto shown = await_status("sent");
  EXPECT_EQ(shown["text"], "On its way.");
  EXPECT_EQ(shown["external_id"], own);
  const auto sent = server.sender().sent().back();
  EXPECT_EQ(sent.account->sender_id, "help@shop.example");
  EXPECT_EQ(sent.account->channel, actors::channel_kind::email);
  const auto body = handed();
  EXPECT_EQ(body["tenant_id"], tenant.id.to_string());
  EXPECT_EQ(body["from"], "Toko Maju <help@shop.example>");
  EXPECT_EQ(body["to"], "budi@example.com");
  EXPECT_EQ(body["subject"], "Re: Where is it?");
  EXPECT_EQ(body["text"], "On its way.");
  EXPECT_EQ(body["message_id"], own);
  EXPECT_EQ(body["in_reply_to"], "<1@example.com>");
  EXPECT_EQ(body["references"], json({"<0@example.com>", "<1@example.com>"}));
}

TEST_F(EmailMessages, GoOnInTheSameThread) {
  send({{"type", "text"}, {"text", {{"body", "First"}}}});
  const std::string first = await_status("sent")["external_id"];
  ASSERT_EQ(send(mail({{"text", "Second"}, {"subject", "Your order"}})).status, 202);
  EXPECT_TRUE(eventually([&] { return handed().value("text", "") == "Second"; }));
  EXPECT_EQ(handed()["subject"], "Your order");
  EXPECT_EQ(handed()["in_reply_to"], first);
  receive({{"from", "budi@example.com"},
           {"to", "help@shop.example"},
           {"text", "Thanks"},
           {"in_reply_to", first},
           {"message_id", "<2@example.com>"}});
  const auto list = call("GET", "/api/conversations").json()["data"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["last_message_preview"], "Thanks");
}

TEST_F(EmailMessages, GoWhereTheContactWantsTheAnswer) {
  const auto answered_at = [&](const std::string& wanted, const std::string& text) {
    receive({{"from", "Budi <budi@example.com>"},
             {"to", "help@shop.example"},
             {"text", text},
             {"headers", "Subject: x\nReply-To: " + wanted}});
    send(mail({{"text", text}}));
    EXPECT_TRUE(eventually([&] { return handed().value("text", "") == text; }));
    return handed()["to"].get<std::string>();
  };
  EXPECT_EQ(answered_at("\"Budi, at work\" <Budi@Work.example>", "1"), "budi@work.example");
  EXPECT_EQ(answered_at("help@shop.example, b@work.example", "2"), "b@work.example") << "not to us";
  EXPECT_EQ(answered_at("nobody", "3"), "budi@example.com");
  EXPECT_EQ(call("GET", "/api/conversations").json()["total"], 1) << "it is the same contact";
}

/// Others join the thread, with a copy for instance.
TEST_F(EmailMessages, GoToWhoeverWroteWhatTheyAnswer) {
  const auto answered_at = [&](const std::string& text, const json& to = nullptr) {
    json wanted = mail({{"text", text}});
    if (!to.is_null()) wanted["reply_to"] = to;
    EXPECT_EQ(send(wanted).status, 202);
    EXPECT_TRUE(eventually([&] { return handed().value("text", "") == text; }));
    return handed()["to"].get<std::string>();
  };
  const auto first = call("GET", "/api/conversations/" + chat + "/messages").json()["data"][0];
  EXPECT_EQ(answered_at("1"), "budi@example.com");
  const std::string own = await_status("sent")["external_id"];
  receive({{"from", "Ani <ani@example.com>"},
           {"to", "help@shop.example"},
           {"text", "I am his colleague."},
           {"in_reply_to", own}});
  EXPECT_EQ(answered_at("2"), "ani@example.com");
  EXPECT_EQ(answered_at("3"), "ani@example.com") << "who wrote last";
  EXPECT_EQ(answered_at("4", first["id"]), "budi@example.com");
  const auto conversation = call("GET", "/api/conversations/" + chat).json();
  EXPECT_EQ(conversation["contact_name"], "Budi") << "the contact stays";
}

TEST_F(EmailMessages, HaveHtmlCopiesAndAttachments) {
  const auto file = upload("%PDF-1.7 x", "invoice.pdf");
  const auto taken = send(mail({{"html", "<p>Here</p>"},
                                {"cc", {"ani@example.com"}},
                                {"bcc", {"boss@shop.example"}},
                                {"attachments", {{{"media_id", file}}}}}));
  ASSERT_EQ(taken.status, 202) << taken.body;
  await_status("sent");
  const auto body = handed();
  EXPECT_EQ(body["html"], "<p>Here</p>");
  EXPECT_EQ(body["cc"], json({"ani@example.com"}));
  EXPECT_EQ(body["bcc"], json({"boss@shop.example"}));
  EXPECT_EQ(body["attachments"], json::array({{{"media_id", file},
                                               {"filename", "invoice.pdf"},
                                               {"content_type", "application/pdf"},
                                               {"size_bytes", 10}}}));
}

TEST_F(EmailMessages, AreRefusedWhereTheyAreNone) {
  const auto wrong = [&](const json& body) { return send(body).wrong_fields(); };
  EXPECT_THAT(wrong(mail({{"subject", "x"}})), ElementsAre("email.text:required"));
  EXPECT_THAT(wrong(mail({{"text", " \n\u00a0"}})), ElementsAre("email.text:blank"));
  EXPECT_THAT(wrong(mail({{"html", " "}})), ElementsAre("email.html:blank"));
  EXPECT_THAT(wrong({{"type", "text"}, {"text", {{"body", " \t\u200b"}}}}),
              ElementsAre("text.body:blank"));
  EXPECT_THAT(wrong(mail({{"text", "x"}, {"cc", {"nobody"}}})),
              ElementsAre(HasSubstr("email.cc.0:")));
  EXPECT_THAT(
      wrong(mail({{"text", "x"}, {"attachments", {{{"media_id", tenant.id.to_string()}}}}})),
      ElementsAre("email.attachments.0.media_id:not_found"));
  EXPECT_THAT(wrong({{"type", "image"}, {"image", {{"link", "https://x.example/a.png"}}}}),
              ElementsAre("type:not_on_channel"));
  const auto files =
      mail({{"text", "x"},
            {"attachments",
             {{{"media_id", upload("a", "a.pdf")}}, {{"media_id", upload("b", "b.pdf")}}}}});
  server.database().sql("update media set size_bytes = 10000001");
  const auto large = send(files);
  EXPECT_THAT(large.wrong_fields(), ElementsAre("email.attachments.1.media_id:too_large"));
  EXPECT_THAT(large.body, HasSubstr("may have 20 MB together; up to this one they have 20000002"));
  server.database().sql("update media set size_bytes = 1, content_type = 'text/html'");
  const auto unknown = send(files);
  EXPECT_THAT(unknown.wrong_fields(), ElementsAre("email.attachments.0.media_id:not_on_channel"));
  EXPECT_THAT(unknown.body, HasSubstr("application/zip"));
  const auto other = server.make_tenant("Other");
  EXPECT_EQ(server
                .call(other.api_key, "POST", "/api/conversations/" + chat + "/messages",
                      mail({{"text", "x"}}))
                .status,
            404);
  call("PATCH", "/api/integration-accounts/" + account, {{"config", {{"smtp_host", nullptr}}}});
  EXPECT_EQ(send(mail({{"text", "x"}})).code(), "no_mail_server");
}

TEST_F(EmailMessages, OfOthersAreNotAttached) {
  const auto other = server.make_tenant("Other");
  const auto own = upload("%PDF-1.7 x", "invoice.pdf");
  server.database().sql("update media set tenant_id = '" + other.id.to_string() + "'");
  EXPECT_THAT(send(mail({{"text", "x"}, {"attachments", {{{"media_id", own}}}}})).wrong_fields(),
              ElementsAre("email.attachments.0.media_id:not_found"));
}

TEST_F(EmailMessages, WaitForALoginThatWorks) {
  server.sender().answers_with([](const actors::outbound_message&) {
    actors::send_result refused;
    refused.what = actors::send_result::certainty::rejected;
    refused.action = actors::send_action::pause_account;
    refused.error = {535, 0, "The mail server refuses the login: 535 Wrong password", ""};
    return refused;
  });
  send(mail({{"text", "Halo"}}));
  const auto path = "/api/integration-accounts/" + account;
  EXPECT_TRUE(eventually([&] { return call("GET", path).json().contains("pause_code"); }));
  EXPECT_EQ(call("GET", path).json()["pause_reason"],
            "The mail server refuses the login: 535 Wrong password");
  server.sender().answers_with({});
  EXPECT_EQ(call("PATCH", path, {{"config", {{"smtp_password", "another-password"}}}}).status, 200);
  await_status("sent");
}

TEST_F(EmailMessages, FailWithWhatTheServerSays) {
  server.sender().answers_with([](const actors::outbound_message&) {
    actors::send_result refused;
    refused.what = actors::send_result::certainty::rejected;
    refused.action = actors::send_action::fail_recipient;
    refused.error = {550, 0, "The mail server refuses the mail: 550 No such user", ""};
    return refused;
  });
  send(mail({{"text", "Halo"}}));
  const auto failed = await_status("failed");
  EXPECT_EQ(failed["error_code"], 550);
  EXPECT_EQ(failed["error_message"], "The mail server refuses the mail: 550 No such user");
}

TEST_F(EmailMessages, SayWhyTheyWaitAndAreGivenUpAfterADay) {
  server.sender().answers_with([](const actors::outbound_message&) {
    actors::send_result result;
    result.what = actors::send_result::certainty::not_sent;
    result.error.message = "Could not resolve host: smtp.shop.example";
    return result;
  });
  send(mail({{"text", "Halo"}}));
  const auto path = "/api/conversations/" + chat + "/messages";
  const auto reason = [&] {
    return call("GET", path).json()["data"][0].value("error_message", "");
  };
  const auto* const waits = "Could not resolve host: smtp.shop.example. It is tried again.";
  EXPECT_TRUE(eventually([&] { return reason() == waits; }));
  await_status("pending");
  server.database().sql("update messages set created_at = now() - interval '25 hours'");
  await_status("failed");
  EXPECT_EQ(reason(), "Not sent within 24 hours. Could not resolve host: smtp.shop.example.");
}

TEST_F(EmailMessages, NeedAServerThatMayBeUsed) {
  const auto wrong = [&](const json& config) {
    return call("PATCH", "/api/integration-accounts/" + account, {{"config", config}})
        .wrong_fields();
  };
  EXPECT_THAT(wrong({{"smtp_host", "127.0.0.2"}}), ElementsAre("config.smtp_password:required"));
  EXPECT_THAT(wrong({{"smtp_host", "127.0.0.2"}, {"smtp_password", "***word"}}),
              ElementsAre("config.smtp_password:required"));
  EXPECT_THAT(wrong({{"smtp_host", "127.0.0.2"}, {"smtp_password", "the-new-one"}}), ElementsAre());
  EXPECT_THAT(wrong({{"smtp_host", "10.1.2.3"}}), ElementsAre("config.smtp_host:not_allowed"));
  EXPECT_THAT(wrong({{"smtp_host", "a b"}}), ElementsAre("config.smtp_host:bad_format"));
  EXPECT_THAT(wrong({{"smtp_port", 70'000}, {"smtp_security", "ssl"}, {"reply_to", "x"}}),
              ElementsAre("config.smtp_port:out_of_range", "config.smtp_security:not_one_of",
                          "config.reply_to:bad_format"));
  EXPECT_THAT(wrong({{"smtp_security", "none"}}), ElementsAre("config.smtp_security:not_allowed"));
  for (const auto* name : {"smtp_user", "smtp_password", "from_name", "reply_to"})
    EXPECT_THAT(wrong({{name, "a@b.example\r\nQUIT"}}),
                ElementsAre("config." + std::string(name) + ":bad_format"));
}

}  // namespace
}  // namespace omnistream::test
