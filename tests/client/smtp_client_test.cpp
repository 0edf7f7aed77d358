#include "http/client/smtp_client.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "tests/client/smtp_peer.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::http::client {
namespace {

using namespace testing_support;
using outcome = smtp_response::outcome;
using stage = smtp_response::stage;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A response that outlives its callback.
struct answer {
  outcome what;
  stage where;
  int code;
  std::string text, error;
};

class Smtp : public testing::Test {
 protected:
  static smtp_options quick() {
    smtp_options options;
    options.total_timeout = std::chrono::milliseconds{5'000};
    return options;
  }
  static outgoing_mail mail(const smtp_peer& peer) {
    outgoing_mail what;
    what.via.host = "127.0.0.1";
    what.via.port = peer.port();
    what.via.how = smtp_server::security::none;
    what.from = "help@shop.example";
    what.to = {"budi@example.com"};
    what.headers = {"Subject: Order", "Message-ID: <1@shop.example>"};
    what.text = "It is on its way.";
    return what;
  }
  static answer send(smtp_client& through, outgoing_mail what) {
    collected<answer> got;
    through.submit(std::move(what), [&got](const smtp_response& response) {
      got.add({response.what, response.where, response.code, response.text, response.error});
    });
    const auto all = got.wait_for(1);
    return all.empty() ? answer{} : all.front();
  }
  static answer send(const smtp_script& script) {
    smtp_peer peer(script);
    smtp_client client(quick());
    return send(client, mail(peer));
  }
};

TEST_F(Smtp, HandsAMailOver) {
  smtp_peer peer;
  smtp_client client(quick());
  auto what = mail(peer);
  what.to.push_back("copy@example.com");
  what.text = "Line 1\n.\nGrüße";
  EXPECT_EQ(send(client, what).what, outcome::accepted);
  ASSERT_EQ(peer.mails().size(), 1u);
  const auto got = peer.mails()[0];
  EXPECT_THAT(got.from, HasSubstr("MAIL FROM:<help@shop.example>"));
  EXPECT_THAT(got.to, ElementsAre("RCPT TO:<budi@example.com>", "RCPT TO:<copy@example.com>"));
  EXPECT_THAT(got.data, HasSubstr("Subject: Order\r\n"));
  EXPECT_THAT(got.data, HasSubstr("Message-ID: <1@shop.example>\r\n"));
  EXPECT_THAT(got.data, HasSubstr("Mime-Version: 1.0\r\n"));
  EXPECT_THAT(got.data, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(got.data, HasSubstr("\r\nLine 1\r\n.\r\nGr=C3=BC=C3=9Fe"));
  EXPECT_EQ(peer.lines()[0], "EHLO shop.example");
}

TEST_F(Smtp, KeepsAConnectionForTheNextMail) {
  smtp_peer peer;
  smtp_client client(quick());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(client, mail(peer)).what, outcome::accepted);
  EXPECT_EQ(peer.connections(), 1);
  EXPECT_EQ(peer.mails().size(), 3u);
}

TEST_F(Smtp, WritesTextHtmlAndAttachments) {
  smtp_peer peer;
  smtp_client client(quick());
  auto both = mail(peer);
  both.html = "<p>It is on its way.</p>";
  EXPECT_EQ(send(client, both).what, outcome::accepted);
  EXPECT_THAT(peer.mails()[0].data, HasSubstr("Content-Type: multipart/alternative; boundary="));
  std::string bytes(100'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  both.attachments.push_back(
      {"résumé.pdf", "application/pdf", std::make_shared<const std::string>(bytes)});
  EXPECT_EQ(send(client, both).what, outcome::accepted);
  const auto data = peer.mails()[1].data;
  EXPECT_THAT(data, HasSubstr("Content-Type: multipart/mixed; boundary="));
  EXPECT_THAT(data, HasSubstr("Content-Type: multipart/alternative; boundary="));
  EXPECT_THAT(data, HasSubstr("filename*=UTF-8''r%C3%A9sum%C3%A9.pdf\r\n"));
  auto part = data.substr(data.find("Content-Transfer-Encoding: base64"));
  part = part.substr(part.find("\r\n\r\n") + 4);
  part = part.substr(0, part.find("\r\n--"));
  std::string packed;
  for (const char c : part)
    if (c != '\r' && c != '\n') packed += c;
  EXPECT_EQ(crypto::base64_decode(packed), bytes);
}

TEST_F(Smtp, LogsInWithinTls) {
  const tls_identity identity("IP:127.0.0.1");
  const auto ca =
      std::filesystem::temp_directory_path() / ("smtp-ca-" + std::to_string(::getpid()) + ".pem");
  identity.write_certificate(ca);
  auto options = quick();
  options.ca_file = ca;
  smtp_client client(options);
  for (const bool at_once : {false, true}) {
    smtp_peer peer({{}, {"STARTTLS", "AUTH LOGIN PLAIN"}, &identity, at_once});
    auto what = mail(peer);
    what.via.how = at_once ? smtp_server::security::tls : smtp_server::security::starttls;
    what.via.user = "help";
    what.via.password = std::make_shared<const std::string>("pass word");
    const auto got = send(client, what);
    EXPECT_EQ(got.what, outcome::accepted) << at_once << got.error << got.text;
    ASSERT_EQ(peer.mails().size(), 1u);
    EXPECT_TRUE(peer.mails()[0].in_tls);
    const auto said = crypto::base64_encode(std::string("\0help\0pass word", 15));
    const auto lines = peer.lines();
    const bool logged_in = std::ranges::any_of(
        lines, [&](const std::string& line) { return line.find(said) != std::string::npos; });
    EXPECT_TRUE(logged_in);
  }
  std::filesystem::remove(ca);
}

TEST_F(Smtp, SaysNothingToAServerThatCannotBeTrusted) {
  const tls_identity stranger("IP:127.0.0.1");
  smtp_client client(quick());
  for (const auto& offers : {std::vector<std::string>{}, {"STARTTLS"}}) {
    smtp_peer peer({{}, offers, &stranger, false});
    auto what = mail(peer);
    what.via.how = smtp_server::security::starttls;
    what.via.user = "help";
    what.via.password = std::make_shared<const std::string>("pass word");
    const auto got = send(client, what);
    EXPECT_EQ(got.what, outcome::unusable);
    EXPECT_NE(got.error, "");
    EXPECT_TRUE(peer.mails().empty());
    for (const auto& line : peer.lines()) EXPECT_THAT(line, Not(HasSubstr("AUTH")));
  }
}

TEST_F(Smtp, TellsWhatTheServerRefuses) {
  const auto nobody = send({{{"RCPT", "550 5.1.1 No such user"}}, {}});
  EXPECT_EQ(nobody.what, outcome::refused);
  EXPECT_EQ(nobody.where, stage::mail);
  EXPECT_EQ(nobody.code, 550);
  EXPECT_EQ(nobody.text, "No such user");
  const auto late = send({{{".", "451-4.7.1 Greylisted,\r\n451 4.7.1 come later"}}, {}});
  EXPECT_EQ(late.what, outcome::refused);
  EXPECT_EQ(late.code, 451);
  EXPECT_EQ(late.text, "Greylisted, come later");
  EXPECT_EQ(send({{{"DATA", "554 No"}}, {}}).code, 554);
  const auto busy = send({{{"greeting", "421 Too busy"}}, {}});
  EXPECT_EQ(busy.what, outcome::refused);
  EXPECT_EQ(busy.where, stage::greeting);
  EXPECT_EQ(busy.code, 421);
}

TEST_F(Smtp, TellsThatALoginIsRefused) {
  smtp_peer peer({{{"AUTH", "535 5.7.8 Wrong password"}}, {"AUTH PLAIN"}});
  smtp_client client(quick());
  auto what = mail(peer);
  what.via.user = "help";
  what.via.password = std::make_shared<const std::string>("secret-password");
  const auto got = send(client, what);
  EXPECT_EQ(got.what, outcome::refused);
  EXPECT_EQ(got.where, stage::login);
  EXPECT_EQ(got.code, 535);
  EXPECT_EQ(got.text, "Wrong password");
}

TEST_F(Smtp, KnowsWhetherABrokenConnectionMayHaveTakenTheMail) {
  for (const auto* verb : {"greeting", "EHLO", "MAIL", "RCPT", "DATA"})
    EXPECT_EQ(send({{{verb, "close"}}, {}}).what, outcome::not_sent) << verb;
  EXPECT_EQ(send({{{".", "close"}}, {}}).what, outcome::uncertain);
}

TEST_F(Smtp, AMailThatWasNotWrittenToItsEndIsNotTaken) {
  smtp_peer peer({{{"middle", "close"}}, {}});
  smtp_client client(quick());
  auto what = mail(peer);
  what.attachments.push_back(
      {"a.bin", "application/octet-stream", std::make_shared<const std::string>(20'000'000, 'x')});
  EXPECT_EQ(send(client, what).what, outcome::broken);
}

TEST_F(Smtp, ASilentServerIsGivenUp) {
  auto options = quick();
  options.total_timeout = std::chrono::milliseconds{300};
  const auto silent = [](connection& peer, int) { peer.wait_for_close(); };
  scripted_server server(silent);
  smtp_peer usual;
  auto what = mail(usual);
  what.via.port = server.port();
  smtp_client client(options);
  EXPECT_EQ(send(client, what).what, outcome::not_sent);
}

TEST_F(Smtp, AServerThatIsSlowToAnswerHoldsUpNoOther) {
  auto options = quick();
  options.connections_max = 4;
  options.connections_per_server_max = 2;
  const smtp_peer slow({{{"middle", "wait"}}, {}});
  const smtp_peer usual;
  smtp_client client(options);
  for (int i = 0; i < 10; ++i) client.submit(mail(slow), [](const smtp_response&) {});
  EXPECT_EQ(send(client, mail(usual)).what, outcome::accepted);
  EXPECT_LE(slow.connections(), 2);
  const auto began = std::chrono::steady_clock::now();
  client.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{4});
}

TEST_F(Smtp, SaysGoodbyeAndDoesNotWaitForTheAnswer) {
  const smtp_peer peer({{{"QUIT", "wait"}}, {}});
  const auto began = std::chrono::steady_clock::now();
  {
    smtp_client client(quick());
    EXPECT_EQ(send(client, mail(peer)).what, outcome::accepted);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{4});
  EXPECT_TRUE(test::eventually([&] { return peer.lines().back() == "QUIT"; }));
}

TEST_F(Smtp, GoesOnlyWhereItMay) {
  smtp_peer peer;
  auto options = quick();
  options.may_connect = [](const sockaddr&) { return false; };
  smtp_client client(options);
  const auto got = send(client, mail(peer));
  EXPECT_EQ(got.what, outcome::unusable);
  EXPECT_EQ(peer.connections(), 0);
  EXPECT_THAT(got.error, Not(HasSubstr("127.0.0.1")));
}

TEST_F(Smtp, AStoppedClientTakesNothing) {
  smtp_peer peer;
  smtp_client client(quick());
  client.stop();
  EXPECT_EQ(send(client, mail(peer)).what, outcome::not_sent);
}

}  // namespace
}  // namespace omnistream::http::client
