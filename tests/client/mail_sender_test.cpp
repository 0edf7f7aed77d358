#include "http/client/mail_sender.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/client/smtp_peer.hpp"

namespace omnistream::http::client {
namespace {

using namespace testing_support;
using actors::send_action;
using actors::send_result;
using certainty = send_result::certainty;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* tenant = "01930000-0000-7000-8000-000000000001";
constexpr const char* media = "01930000-0000-7000-8000-000000000002";
constexpr const char* message = "01930000-0000-7000-8000-000000000003";
constexpr const char* claim = "01930000-0000-7000-8000-000000000004";

class MailSender : public testing::Test {
 protected:
  static smtp_options quick() {
    smtp_options options;
    options.total_timeout = std::chrono::milliseconds{5'000};
    return options;
  }
  static json server_at(const smtp_peer& peer) {
    return {{"smtp_host", "127.0.0.1"}, {"smtp_port", peer.port()}, {"smtp_security", "none"}};
  }
  static json mail() {
    return {{"tenant_id", tenant},
            {"outgoing_id", message},
            {"claim", claim},
            {"type", "email"},
            {"from", "Toko <help@shop.example>"},
            {"to", "budi@example.com"},
            {"subject", "Re: Order"},
            {"message_id", "<2@shop.example>"},
            {"in_reply_to", "<1@example.com>"},
            {"references", {"<0@example.com>", "<1@example.com>"}},
            {"text", "It is on its way."}};
  }
  send_result send(const json& config, const json& body, bool allow_plain = true) {
    smtp_client smtp(quick());
    mail_sender sender(
        smtp, allow_plain,
        [this](const uuid& of, const uuid& which, auto done) {
          EXPECT_EQ(of.to_string(), tenant);
          const auto found = uploads.find(which.to_string());
          if (found == uploads.end()) return done(problems::not_found("upload"));
          done(std::make_shared<const std::string>(found->second));
        },
        [this](const uuid& which, const uuid& by) {
          begun.push_back(which.to_string() + ' ' + by.to_string());
          return may_begin;
        },
        [] { return *parse_rfc3339("2026-11-02T07:05:09Z"); });
    auto account = std::make_shared<actors::sending_account>();
    account->channel = actors::channel_kind::email;
    account->sender_id = "help@shop.example";
    account->access_token = std::make_shared<const std::string>();
    account->config_json = config.dump();
    collected<send_result> got;
    sender.send({account, body.dump()}, [&got](send_result one) { got.add(std::move(one)); });
    const auto all = got.wait_for(1);
    return all.empty() ? send_result{} : all.front();
  }
  /// What comes of a mail to a server that says this.
  send_result refused(const std::string& verb, const std::string& reply) {
    smtp_peer peer({{{verb, reply}}, {}});
    return send(server_at(peer), mail());
  }

  std::map<std::string, std::string> uploads;
  std::vector<std::string> begun;
  bool may_begin = true;
};

TEST_F(MailSender, WritesWhatTheMailSays) {
  smtp_peer peer;
  auto body = mail();
  body["cc"] = {"Ani <ani@example.com>"};
  body["bcc"] = {"boss@shop.example", "budi@example.com"};
  body["reply_to"] = "care@shop.example";
  EXPECT_EQ(send(server_at(peer), body).what, certainty::accepted);
  const auto got = peer.wait_for_mails(1).at(0);
  EXPECT_THAT(got.from, HasSubstr("<help@shop.example>"));
  EXPECT_THAT(got.to, ElementsAre("RCPT TO:<budi@example.com>", "RCPT TO:<ani@example.com>",
                                  "RCPT TO:<boss@shop.example>"));
  for (const auto* line :
       {"Date: Mon, 2 Nov 2026 07:05:09 +0000\r\n", "From: \"Toko\" <help@shop.example>\r\n",
        "Reply-To: care@shop.example\r\n", "To: budi@example.com\r\n",
        "Cc: \"Ani\" <ani@example.com>\r\n", "Message-ID: <2@shop.example>\r\n",
        "In-Reply-To: <1@example.com>\r\n", "References: <0@example.com>\r\n <1@example.com>\r\n",
        "Subject: Re: Order\r\n", "It is on its way."})
    EXPECT_THAT(got.data, HasSubstr(line));
  EXPECT_THAT(got.data, Not(HasSubstr("boss@")));
}

TEST_F(MailSender, ReadsAttachments) {
  uploads[media] = "%PDF-1.7";
  auto body = mail();
  body["attachments"] = {{{"media_id", media},
                          {"filename", "invoice.pdf"},
                          {"content_type", "application/pdf"},
                          {"size_bytes", 8}}};
  smtp_peer peer;
  EXPECT_EQ(send(server_at(peer), body).what, certainty::accepted);
  EXPECT_THAT(peer.mails().at(0).data, HasSubstr("JVBERi0xLjc="));
  uploads.clear();
  const auto gone = send(server_at(peer), body);
  EXPECT_EQ(gone.what, certainty::rejected);
  EXPECT_EQ(gone.action, send_action::fail_recipient);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(MailSender, TriesAgainWhatTheServerWantsLater) {
  const auto later = refused("RCPT", "450 4.2.0 Greylisted");
  EXPECT_EQ(later.what, certainty::rejected);
  EXPECT_EQ(later.action, send_action::slow_pair);
  EXPECT_EQ(later.error.code, 450);
  EXPECT_EQ(later.error.message, "The mail server refuses the mail: 450 Greylisted");
  EXPECT_EQ(refused("greeting", "421 Too busy").action, send_action::slow_number);
  EXPECT_EQ(refused("MAIL", "421 Going away").action, send_action::slow_number);
  EXPECT_EQ(refused("MAIL", "close").what, certainty::not_sent);
}

TEST_F(MailSender, FailsWhatTheServerRefusesForGood) {
  const auto nobody = refused("RCPT", "550 5.1.1 No such user");
  EXPECT_EQ(nobody.action, send_action::fail_recipient);
  EXPECT_EQ(nobody.error.message, "The mail server refuses the mail: 550 No such user");
  EXPECT_EQ(refused(".", "554 Looks like spam").action, send_action::fail_recipient);
}

TEST_F(MailSender, PausesAnAccountThatCannotSend) {
  const auto login = refused("MAIL", "530 5.7.0 Log in first");
  EXPECT_EQ(login.action, send_action::pause_account);
  EXPECT_EQ(refused("MAIL", "535 5.7.8 Wrong password").action, send_action::pause_account);
  EXPECT_EQ(refused("greeting", "554 You are on a list").action, send_action::pause_account);
  smtp_peer peer;
  EXPECT_EQ(send(server_at(peer), mail(), false).action, send_action::pause_account);
  auto config = server_at(peer);
  config["smtp_security"] = "starttls";
  const auto plain = send(config, mail());
  EXPECT_EQ(plain.action, send_action::pause_account);
  EXPECT_EQ(plain.error.message, "The mail server offers no TLS.");
  EXPECT_EQ(send(json::object(), mail()).action, send_action::pause_account);
}

TEST_F(MailSender, AsksRightBeforeItWritesTheMail) {
  const auto asked = std::string(message) + ' ' + claim;
  smtp_peer peer;
  EXPECT_EQ(send(server_at(peer), mail()).what, certainty::accepted);
  EXPECT_THAT(begun, ElementsAre(asked));
  EXPECT_EQ(refused("RCPT", "450 Later").what, certainty::rejected);
  EXPECT_EQ(refused("DATA", "close").what, certainty::not_sent);
  EXPECT_THAT(begun, ElementsAre(asked)) << "it did not come to the mail";
  may_begin = false;
  EXPECT_EQ(send(server_at(peer), mail()).what, certainty::not_sent);
  EXPECT_THAT(begun, ElementsAre(asked, asked));
  EXPECT_EQ(peer.mails().size(), 1U);
}

TEST_F(MailSender, DoesNotKnowWhatBecameOfAMailWithoutAnAnswer) {
  EXPECT_EQ(refused(".", "close").what, certainty::uncertain);
}

TEST_F(MailSender, TakesNoAddressThatIsNone) {
  smtp_peer peer;
  auto body = mail();
  body["to"] = "budi@example.com>\r\nRCPT TO:<all@example.com";
  EXPECT_EQ(send(server_at(peer), body).action, send_action::fail_recipient);
  EXPECT_EQ(peer.connections(), 0);
}

}  // namespace
}  // namespace omnistream::http::client
