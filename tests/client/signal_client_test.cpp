#include "http/client/signal_client.hpp"

#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client {
namespace {

using json = nlohmann::json;
using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;

actors::sending_account number() {
  actors::sending_account account;
  account.sender_id = "77001";
  account.access_token = std::make_shared<const std::string>("secret");
  return account;
}

config::settings settings_for(const scripted_server& meta) {
  config::settings settings;
  settings.meta_api_url = meta.url();
  return settings;
}

TEST(signal_client, posts_to_where_messages_go) {
  collected<std::string> requests;
  scripted_server meta([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests.add(*request);
      peer.answer(R"({"success":true})", "200 OK");
    }
  });
  signal_client signals(settings_for(meta));
  collected<result<json>> answers;
  signals.post(number(), {{"status", "read"}}, [&](auto got) { answers.add(std::move(got)); });
  ASSERT_TRUE(answers.wait_for(1).at(0).ok());
  const auto sent = requests.wait_for(1).at(0);
  EXPECT_TRUE(sent.starts_with("POST /v23.0/77001/messages HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos);
  EXPECT_TRUE(sent.ends_with(R"({"status":"read"})"));
}

/// Of an Instagram account without a page Instagram's own endpoint is asked.
TEST(signal_client, asks_what_people_are_called) {
  collected<std::string> requests;
  scripted_server meta([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests.add(*request);
      peer.answer(R"({"name":"Budi"})", "200 OK");
    }
  });
  auto settings = settings_for(meta);
  settings.meta_instagram_api_url = meta.url() + "/of-instagram";
  signal_client signals(settings);
  collected<result<json>> answers;
  std::size_t asked = 0;
  const auto ask = [&](actors::channel_kind channel, const std::string& config) {
    auto account = number();
    account.channel = channel;
    account.config_json = config;
    signals.get_person(account, "7001", [&](auto got) { answers.add(std::move(got)); });
    const auto answer = answers.wait_for(++asked).back();
    EXPECT_TRUE(answer.ok() && (*answer)["name"] == "Budi");
  };
  ask(actors::channel_kind::messenger, "{}");
  ask(actors::channel_kind::instagram, R"({"page_id":"600"})");
  ask(actors::channel_kind::instagram, "{}");
  const auto sent = requests.wait_for(3);
  EXPECT_TRUE(sent.at(0).starts_with("GET /v23.0/7001?fields=first_name,last_name HTTP/1.1\r\n"))
      << sent.at(0);
  EXPECT_NE(sent.at(0).find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos);
  EXPECT_TRUE(sent.at(1).starts_with("GET /v23.0/7001?fields=name,username HTTP")) << sent.at(1);
  EXPECT_TRUE(sent.at(2).starts_with("GET /of-instagram/v23.0/7001?fields=name,username HTTP"))
      << sent.at(2);
}

TEST(signal_client, refuses_what_is_no_account) {
  config::settings settings;
  signal_client signals(settings);
  collected<result<json>> answers;
  auto account = number();
  account.sender_id = "../me";
  signals.post(account, {}, [&](auto got) { answers.add(std::move(got)); });
  account = number();
  account.access_token = nullptr;
  signals.post(account, {}, [&](auto got) { answers.add(std::move(got)); });
  signals.get_person(number(), "../me", [&](auto got) { answers.add(std::move(got)); });
  for (const auto& answer : answers.wait_for(3)) EXPECT_EQ(answer.error().code, "invalid");
}

/// What Meta does not answer takes a few connections and a bounded queue, whatever is asked for.
TEST(signal_client, keeps_few_waiting) {
  collected<std::string> requests;
  scripted_server meta([&](connection& peer, int) {
    while (const auto request = peer.read_request()) requests.add(*request);
  });
  collected<result<json>> answers;
  constexpr auto taken = signal_client::at_once_max + signal_client::waiting_max;
  {
    signal_client signals(settings_for(meta));
    const auto post = [&] {
      signals.post(number(), {}, [&](auto got) { answers.add(std::move(got)); });
    };
    for (std::size_t i = 0; i < signal_client::at_once_max; ++i) post();
    requests.wait_for(signal_client::at_once_max);
    for (std::size_t i = 0; i < signal_client::waiting_max + 10; ++i) post();
    const auto refused = answers.wait_for(10);
    EXPECT_EQ(refused.size(), 10u);
    for (const auto& answer : refused) EXPECT_EQ(answer.error().code, "meta_unreachable");
  }
  EXPECT_EQ(answers.wait_for(taken + 10).size(), taken + 10);
  EXPECT_EQ(requests.wait_for(1).size(), signal_client::at_once_max);
}

}  // namespace
}  // namespace omnistream::http::client
