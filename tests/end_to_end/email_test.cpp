// An agent answers by mail, through the real programs and a mail server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/smtp_peer.hpp"
#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using http::client::testing_support::smtp_peer;
using http::client::testing_support::smtp_script;
using nlohmann::json;
using testing::HasSubstr;

/// A tenant whose email account sends through a mail server of the test.
struct mail_world {
  explicit mail_world(const smtp_script& script = {}) : peer(script) {
    EXPECT_TRUE(around.server().start());
    owner = std::make_unique<tenant>(around.server(), "Toko Maju");
    owner->must(
        "POST", "/api/integration-accounts",
        {{"channel", "email"},
         {"account_key", "help@toko.example"},
         {"display_name", "Toko"},
         {"config",
          {{"smtp_host", "127.0.0.1"}, {"smtp_port", peer.port()}, {"smtp_security", "none"}}}});
  }

  void receive(const json& mail) {
    http_client client(around.server().port());
    ASSERT_EQ(client.send("POST", "/webhook/email", mail.dump()).status, 200);
  }
  /// The one conversation, once there is one.
  std::string conversation() {
    json list;
    EXPECT_TRUE(eventually([&] {
      list = owner->must("GET", "/api/conversations")["data"];
      return list.size() == 1;
    }));
    return list.empty() ? "" : list[0]["id"].get<std::string>();
  }
  json await_status(const std::string& path, const std::string& status) {
    json newest;
    EXPECT_TRUE(eventually([&] {
      newest = owner->must("GET", path)["data"][0];
      return newest["status"] == status;
    })) << newest;
    return newest;
  }

  smtp_peer peer;
  world around{{.settings = {{"OMNISTREAM_EMAIL_SMTP_ALLOW_PLAIN", "true"},
                             {"OMNISTREAM_EMAIL_SMTP_ALLOWED_NETWORKS", "127.0.0.1"}}}};
  std::unique_ptr<tenant> owner;
};

const json question{{"from", "Budi <budi@example.com>"},
                    {"to", "help@toko.example"},
                    {"subject", "Pesanan é"},
                    {"text", "Where is it?"},
                    {"message_id", "<1@example.com>"}};

TEST(Email, AnAnswerReachesThePersonInTheirThread) {
  mail_world in;
  in.receive(question);
  const auto path = "/api/conversations/" + in.conversation() + "/messages";
  const auto file = in.owner->upload("An invoice");
  const auto taken = in.owner->must("POST", path,
                                    {{"type", "email"},
                                     {"email",
                                      {{"text", "On its way."},
                                       {"html", "<b>On its way.</b>"},
                                       {"attachments", {{{"media_id", file}}}}}}});
  const auto got = in.peer.wait_for_mails(1).at(0);
  EXPECT_THAT(got.to, testing::ElementsAre("RCPT TO:<budi@example.com>"));
  for (const auto& line : {std::string("From: \"Toko\" <help@toko.example>\r\n"),
                           std::string("In-Reply-To: <1@example.com>\r\n"),
                           "Message-ID: " + taken["external_id"].get<std::string>() + "\r\n",
                           std::string("Subject: =?UTF-8?B?UmU6IFBlc2FuYW4gw6k=?=\r\n"),
                           std::string("QW4gaW52b2ljZQ==")})
    EXPECT_THAT(got.data, HasSubstr(line));
  EXPECT_EQ(in.await_status(path, "sent")["id"], taken["id"]);
  in.receive({{"from", "budi@example.com"},
              {"to", "help@toko.example"},
              {"text", "Thanks"},
              {"in_reply_to", taken["external_id"]},
              {"message_id", "<2@example.com>"}});
  EXPECT_TRUE(eventually([&] { return in.owner->must("GET", path)["total"] == 3; }));
  in.receive({{"from", "ani@other.example"},
              {"to", "help@toko.example"},
              {"text", "Thanks, too"},
              {"headers", "References: <1@example.com> " + taken["external_id"].get<std::string>()},
              {"message_id", "<3@other.example>"}});
  EXPECT_TRUE(eventually([&] { return in.owner->must("GET", path)["total"] == 4; }))
      << "whoever answers";
  const auto newest = in.owner->must("GET", path)["data"][0];
  EXPECT_EQ(newest["text"], "Thanks, too");
  EXPECT_EQ(newest["reply_to"], taken["id"]);
  EXPECT_EQ(in.owner->must("GET", "/api/conversations")["total"], 1);
}

TEST(Email, ARefusedMailFailsAndSaysWhy) {
  mail_world in({{{"RCPT", "550 5.1.1 No such user"}}, {}});
  in.receive(question);
  const auto path = "/api/conversations/" + in.conversation() + "/messages";
  in.owner->must("POST", path, {{"type", "text"}, {"text", {{"body", "Halo"}}}});
  const auto failed = in.await_status(path, "failed");
  EXPECT_EQ(failed["error_code"], 550);
  EXPECT_EQ(failed["error_message"], "The mail server refuses the mail: 550 No such user");
}

TEST(Email, AMailWithoutAnAnswerIsNotSentAgain) {
  mail_world in({{{".", "close"}}, {}});
  in.receive(question);
  const auto path = "/api/conversations/" + in.conversation() + "/messages";
  in.owner->must("POST", path, {{"type", "text"}, {"text", {{"body", "Halo"}}}});
  EXPECT_TRUE(eventually([&] {
    return in.owner->must("GET", path)["data"][0]
        .value("error_message", "")
        .starts_with("Uncertain: the message was handed to the mail server");
  }));
  EXPECT_EQ(in.around.server().stop(), 0);
  ASSERT_TRUE(in.around.server().start());
  EXPECT_EQ(in.owner->must("GET", path)["data"][0]["status"], "pending");
  EXPECT_EQ(in.peer.mails().size(), 1u);
}

TEST(Email, AMailThatNobodyHadBegunToWriteIsSentAfterACrash) {
  mail_world in({{{"greeting", "wait"}}, {}});
  in.receive(question);
  const auto path = "/api/conversations/" + in.conversation() + "/messages";
  in.owner->must("POST", path, {{"type", "text"}, {"text", {{"body", "Halo"}}}});
  EXPECT_TRUE(eventually([&] { return in.peer.connections() == 1; }));
  in.around.server().kill_now();
  ASSERT_TRUE(in.around.server().start());
  in.await_status(path, "sent");
  EXPECT_EQ(in.peer.mails().size(), 1U);
}

}  // namespace
}  // namespace omnistream::test
