// Mails that agents send in conversations.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A tenant with an email account, and Budi, who wrote to it.
class EmailMessages : public testing::Test {
 protected:
  EmailMessages() {
    account = connect({{"address", "help@shop.example"}, {"mail", server_config()}});
    receive({{"from", "Budi <budi@example.com>"},
             {"to", "help@shop.example"},
             {"subject", "Where is it?"},
             {"text", "My order."},
             {"message_id", "<1@example.com>"},
             {"headers", "References: <0@example.com>\n"}});
    const auto list = call("GET", "/api/conversations").json()["data"];
    if (list.size() == 1) chat = list[0]["id"];
  }

  static json server_config() {
    return {{"smtp_host", "127.0.0.1"},
            {"smtp_security", "tls"},
            {"smtp_user", "help"},
            {"smtp_password", "a-long-password"},
            {"from_name", "Toko Maju"}};
  }
  api_answer call(const std::string& method, const std::string& path, const json& body = nullptr) {
    return server.call(tenant.api_key, method, path, body);
  }
  std::string connect(const json& what) {
    const auto made = call("POST", "/api/integration-accounts",
                           {{"channel", "email"},
                            {"account_key", what["address"]},
                            {"display_name", "Help"},
                            {"config", what["mail"]}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json().value("id", "");
  }
  void receive(const json& mail) {
    const auto got =
        server.send("POST", "/webhook/email", mail.dump(), {{"Content-Type", "application/json"}});
    ASSERT_EQ(got.status, 200) << got.body;
    ASSERT_TRUE(eventually([&] {
      return server.database().sql("select count(*) from webhook_inbox where failed_at is null") ==
             "0";
    }));
  }
  api_answer send(const json& message) {
    return call("POST", "/api/conversations/" + chat + "/messages", message);
  }
  static json mail(json what) { return {{"type", "email"}, {"email", std::move(what)}}; }
  /// The newest message, once it has that status.
  json await_status(const std::string& status) {
    json newest;
    EXPECT_TRUE(eventually([&] {
      newest = call("GET", "/api/conversations/" + chat + "/messages").json()["data"][0];
      return newest["status"] == status;
    })) << newest;
    return newest;
  }
  /// What its sender was given of the mail that was sent last.
  json handed() {
    const auto sent = server.sender().sent();
    return sent.empty() ? json() : json::parse(sent.back().body);
  }
  std::string upload(const std::string& bytes, const std::string& name) {
    const std::string text = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
                             name + "\"\r\nContent-Type: application/pdf\r\n\r\n" + bytes +
                             "\r\n--x--\r\n";
    const auto made = server.send(
        "POST", "/api/media/upload", text,
        {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=x"}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json().value("id", "");
  }

  temporary_folder folder{"email"};
  api_server server{{.adjust = [this](config::settings& of) {
    of.data_dir = folder.path().string();
    of.email_smtp_allowed_networks = "127.0.0.0/8";
  }}};
  test_tenant tenant = server.make_tenant();
  std::string account, chat;
};

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
  EXPECT_THAT(wrong(mail({{"text", "x"}, {"cc", {"nobody"}}})),
              ElementsAre(HasSubstr("email.cc.0:")));
  EXPECT_THAT(
      wrong(mail({{"text", "x"}, {"attachments", {{{"media_id", tenant.id.to_string()}}}}})),
      ElementsAre("email.attachments.0.media_id:not_found"));
  EXPECT_THAT(wrong({{"type", "image"}, {"image", {{"link", "https://x.example/a.png"}}}}),
              ElementsAre("type:not_on_channel"));
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
  EXPECT_TRUE(eventually([&] { return reason() == "Could not resolve host: smtp.shop.example"; }));
  await_status("pending");
  server.database().sql("update messages set created_at = now() - interval '25 hours'");
  await_status("failed");
  EXPECT_EQ(reason(), "Not sent within 24 hours. Could not resolve host: smtp.shop.example");
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
}

}  // namespace
}  // namespace omnistream::test
