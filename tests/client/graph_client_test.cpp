#include "http/client/graph_client.hpp"

#include <set>

#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client {
namespace {

using namespace std::chrono_literals;
using actors::send_result;
using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;
using certainty = send_result::certainty;

const std::string accepted_reply =
    R"({"messaging_product":"whatsapp","contacts":[{"input":"62811","wa_id":"62811"}],"messages":[{"id":"wamid.OK"}]})";

/// A client with one connection, so that requests meet each other on it.
client_options one_connection() {
  client_options options;
  options.connections_max = options.connections_per_host_max = 1;
  options.requests_in_flight_max = 1;
  options.total_timeout = 5s;
  return options;
}

class sender {
 public:
  explicit sender(const std::string& url, client_options options = one_connection())
      : http_(std::move(options)) {
    graph_.emplace(http_, graph_endpoint{url, "v23.0"});
  }

  void post(const std::string& body, const std::string& token = "secret",
            const std::string& number = "77001") {
    actors::sending_account account;
    account.sender_id = number;
    account.access_token = std::make_shared<const std::string>(token);
    post_through(account, body);
  }
  void post_through(const actors::sending_account& account, const std::string& body) {
    graph_->send({std::make_shared<const actors::sending_account>(account), body},
                 [this](send_result result) { results.add(std::move(result)); });
  }
  send_result send(const std::string& body) {
    post(body);
    const auto all = results.wait_for(++sent_);
    EXPECT_EQ(all.size(), sent_);
    return all.size() == sent_ ? all.back() : send_result{};
  }
  void stop() { http_.stop(); }

  collected<send_result> results;

 private:
  std::size_t sent_ = 0;
  curl_client http_;
  std::optional<graph_client> graph_;
};

TEST(graph_client, posts_the_message_as_meta_wants_it) {
  collected<std::string> requests;
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests.add(*request);
      peer.answer(accepted_reply);
    }
  });
  sender client(server.url());
  const auto result = client.send(R"({"to":"62811"})");
  EXPECT_EQ(result.what, certainty::accepted) << result.error.message;
  EXPECT_EQ(result.message_id, "wamid.OK");
  EXPECT_EQ(result.http_status, 200);
  const auto request = requests.wait_for(1).at(0);
  EXPECT_TRUE(request.starts_with("POST /v23.0/77001/messages HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nUser-Agent: OmniStream"), std::string::npos);
  EXPECT_EQ(request.find("Expect"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"to\":\"62811\"}"));
}

TEST(graph_client, what_is_no_message_gets_no_id) {
  scripted_server server([&](connection& peer, int) {
    while (peer.read_request()) peer.answer(R"({"recipient_id":"7001"})");
  });
  sender client(server.url());
  EXPECT_EQ(client.send(R"({"sender_action":"react"})").what, certainty::accepted);
  EXPECT_EQ(client.send(R"({"message":{"text":"\"sender_action\":"}})").what, certainty::uncertain)
      << "a message about it";
}

TEST(graph_client, a_connection_is_used_again) {
  scripted_server server([&](connection& peer, int) {
    while (peer.read_request()) peer.answer(accepted_reply);
  });
  sender client(server.url());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.send("{}").what, certainty::accepted);
  EXPECT_EQ(server.connections(), 1);
}

TEST(graph_client,
     a_kept_connection_closed_after_the_second_request_was_read_is_uncertain_and_never_repeated) {
  collected<std::string> requests;
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests.add(*request);
      if (request->ends_with("second")) return;  // closes without a word
      peer.answer(accepted_reply);
    }
  });
  sender client(server.url());
  EXPECT_EQ(client.send("first").what, certainty::accepted);
  const auto result = client.send("second");
  EXPECT_EQ(result.what, certainty::uncertain);
  EXPECT_NE(result.error.message, "");
  EXPECT_EQ(client.send("third").what, certainty::accepted) << "the client goes on";
  ASSERT_EQ(requests.values().size(), 3u);
  EXPECT_TRUE(requests.values()[2].ends_with("third")) << "exactly one copy of the second was read";
}

TEST(graph_client, many_kept_connections_closed_while_written_to_never_double_a_message) {
  collected<std::string> bodies;
  std::atomic<int> served = 0;
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      bodies.add(request->substr(request->find("\r\n\r\n") + 4));
      const int number = ++served;
      if (number % 7 == 0) return peer.reset();
      if (number % 5 == 0) return;
      peer.answer(accepted_reply);
      if (number % 3 == 0)
        return;  // closes an idle connection, perhaps while the next request is written
    }
  });
  client_options options = one_connection();
  options.connections_max = options.connections_per_host_max = options.requests_in_flight_max = 8;
  sender client(server.url(), options);
  constexpr std::size_t count = 600;
  for (std::size_t i = 0; i < count; ++i) client.post("body " + std::to_string(i));
  const auto results = client.results.wait_for(count);
  ASSERT_EQ(results.size(), count);
  const auto read = bodies.values();
  EXPECT_EQ(std::set<std::string>(read.begin(), read.end()).size(), read.size())
      << "a body came twice";
  std::size_t accepted = 0;
  for (const auto& result : results) accepted += result.what == certainty::accepted ? 1 : 0;
  EXPECT_GT(accepted, count / 2);
  EXPECT_LE(accepted, read.size());
}

TEST(graph_client, an_idle_connection_closed_by_the_server_loses_and_doubles_nothing) {
  for (int round = 0; round < 10; ++round) {
    collected<std::string> requests;
    std::atomic<bool> closed = false;
    scripted_server server([&](connection& peer, int number) {
      while (const auto request = peer.read_request()) {
        requests.add(*request);
        peer.answer(accepted_reply);
        if (number == 1) {
          peer.close();
          closed = true;
          return;
        }
      }
    });
    sender client(server.url());
    EXPECT_EQ(client.send("first").what, certainty::accepted);
    while (!closed) std::this_thread::yield();
    const auto result = client.send("second");
    const bool came = requests.values().size() == 2;
    EXPECT_EQ(result.what == certainty::accepted, came);
    EXPECT_TRUE(result.what == certainty::accepted || result.what == certainty::not_sent ||
                result.what == certainty::uncertain);
    EXPECT_LE(requests.values().size(), 2u);
  }
}

TEST(graph_client, a_reset_in_the_middle_of_the_body_is_uncertain) {
  const std::string large(8 * 1'024 * 1'024, 'x');
  scripted_server server([&](connection& peer, int) {
    while (peer.wire.size() < 100'000 && peer.read_some()) {
    }
    peer.reset();
  });
  sender client(server.url());
  EXPECT_EQ(client.send(large).what, certainty::uncertain);
  EXPECT_EQ(server.connections(), 1);
}

TEST(graph_client,
     a_reset_of_a_reused_connection_in_the_middle_of_the_body_starts_no_second_attempt) {
  const std::string large(8 * 1'024 * 1'024, 'x');
  scripted_server server([&](connection& peer, int) {
    if (peer.read_request()) peer.answer(accepted_reply);
    while (peer.wire.size() < 100'000 && peer.read_some()) {
    }
    peer.reset();
  });
  sender client(server.url());
  EXPECT_EQ(client.send("first").what, certainty::accepted);
  EXPECT_EQ(client.send(large).what, certainty::uncertain);
  EXPECT_LE(server.connections(), 2) << "a second attempt may connect, but must not write";
}

TEST(graph_client, a_server_that_never_answers_is_uncertain_after_the_timeout) {
  scripted_server server([&](connection& peer, int) { peer.wait_for_close(); });
  auto options = one_connection();
  options.total_timeout = 150ms;
  sender client(server.url(), options);
  EXPECT_EQ(client.send("{}").what, certainty::uncertain);
}

TEST(graph_client, headers_without_end_are_uncertain_after_the_timeout) {
  scripted_server server([&](connection& peer, int) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n");
    while (peer.write("X-Slow: 1\r\n")) std::this_thread::sleep_for(10ms);
  });
  auto options = one_connection();
  options.total_timeout = 300ms;
  sender client(server.url(), options);
  EXPECT_EQ(client.send("{}").what, certainty::uncertain);
}

TEST(graph_client, a_refused_connection_is_not_sent) {
  int port = 0;
  {
    scripted_server gone([](connection&, int) {});
    port = gone.port();
  }
  sender client("http://127.0.0.1:" + std::to_string(port));
  const auto result = client.send("{}");
  EXPECT_EQ(result.what, certainty::not_sent);
  EXPECT_NE(result.error.message, "");
}

TEST(graph_client, an_unknown_host_is_not_sent) {
  sender client("http://no-such-host.invalid");
  EXPECT_EQ(client.send("{}").what, certainty::not_sent);
}

TEST(graph_client, only_http_is_spoken) {
  for (const auto* url : {"file:///etc/passwd", "ftp://127.0.0.1", "nonsense", ""}) {
    sender client(url);
    EXPECT_EQ(client.send("{}").what, certainty::not_sent) << url;
  }
}

/// What the client makes of one scripted answer.
send_result answered_with(const std::string& wire) {
  scripted_server server([&](connection& peer, int) {
    if (peer.read_request()) peer.write(wire);
  });
  auto options = one_connection();
  options.response_bytes_max = 100'000;
  sender client(server.url(), options);
  return client.send("{}");
}

TEST(graph_client, garbage_is_uncertain) {
  EXPECT_EQ(answered_with("\x01\x02 what is this\r\n\r\n").what, certainty::uncertain);
  EXPECT_EQ(answered_with("").what, certainty::uncertain);
  EXPECT_EQ(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"mess").what,
            certainty::uncertain);
}

TEST(graph_client, a_huge_answer_is_cut_off_and_uncertain) {
  const auto result = answered_with("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" +
                                    std::string(500'000, ' '));
  EXPECT_EQ(result.what, certainty::uncertain);
  EXPECT_EQ(result.error.message, "The answer is larger than 100000 bytes.");
  std::string headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3'000; ++i)
    headers += "X-Header-" + std::to_string(i) + ": " + std::string(50, 'h') + "\r\n";
  EXPECT_EQ(answered_with(headers + "\r\n").what, certainty::uncertain);
}

TEST(graph_client, redirects_are_not_followed) {
  std::atomic<int> followed = 0;
  scripted_server other([&](connection&, int) { ++followed; });
  const auto result = answered_with(
      "HTTP/1.1 307 Temporary Redirect\r\nLocation: " + other.url("/v23.0/77001/messages") +
      "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(result.what, certainty::rejected);
  EXPECT_EQ(result.http_status, 307);
  EXPECT_EQ(followed, 0);
}

TEST(graph_client, a_417_does_not_repeat_the_message) {
  collected<std::string> requests;
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests.add(*request);
      peer.answer("{}", "417 Expectation Failed");
    }
  });
  sender client(server.url());
  EXPECT_EQ(client.send(std::string(2 * 1'024 * 1'024, 'x')).what, certainty::rejected);
  EXPECT_EQ(requests.values().size(), 1u);
}

TEST(graph_client, tokens_and_ids_cannot_smuggle_headers_or_paths) {
  scripted_server server([&](connection& peer, int) {
    while (peer.read_request()) peer.answer(accepted_reply);
  });
  sender client(server.url());
  client.post("{}", "a\r\nX-Evil: 1");
  client.post("{}", "");
  client.post("{}", "token", "../../me");
  client.post("{}", "token", "");
  for (const auto& result : client.results.wait_for(4)) {
    EXPECT_EQ(result.what, certainty::rejected);
    EXPECT_EQ(result.http_status, 401);
    EXPECT_EQ(result.error.message.find("Evil"), std::string::npos);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(graph_client, stopping_waits_for_answers_on_their_way) {
  scripted_server server([&](connection& peer, int) {
    peer.read_request();
    std::this_thread::sleep_for(200ms);
    peer.answer(accepted_reply);
  });
  sender client(server.url());
  client.post("first");
  client.post("waits in the queue");
  while (server.connections() == 0) std::this_thread::yield();
  client.stop();
  const auto results = client.results.values();
  ASSERT_EQ(results.size(), 2u) << "all callbacks were called when the client is gone";
  EXPECT_EQ(results[0].what, certainty::not_sent) << "what waits is refused at once";
  EXPECT_EQ(results[1].what, certainty::accepted);
}

TEST(graph_client, stopping_ends_what_does_not_answer_in_time) {
  collected<std::string> requests;
  scripted_server server([&](connection& peer, int) {
    if (const auto request = peer.read_request()) requests.add(*request);
    peer.wait_for_close();
  });
  auto options = one_connection();
  options.drain_timeout = 100ms;
  options.total_timeout = 60s;
  options.connections_max = options.connections_per_host_max = options.requests_in_flight_max = 4;
  sender client(server.url(), options);
  for (int i = 0; i < 10; ++i) client.post("{}");
  ASSERT_EQ(requests.wait_for(4).size(), 4u);
  client.stop();
  std::size_t uncertain = 0;
  for (const auto& result : client.results.values())
    uncertain += result.what == certainty::uncertain ? 1 : 0;
  EXPECT_EQ(client.results.values().size(), 10u);
  EXPECT_EQ(uncertain, 4u);
}

/// Which page or account a message is posted for, and at which of the two hosts.
TEST(graph_client, posts_for_pages_and_instagram_accounts) {
  collected<std::string> requests;
  const auto serve = [&](const char* host) {
    return [&requests, host](connection& peer, int) {
      while (const auto request = peer.read_request()) {
        requests.add(host + request->substr(0, request->find(" HTTP")));
        peer.answer(R"({"recipient_id":"7001","message_id":"m_1"})");
      }
    };
  };
  scripted_server facebook(serve("facebook "));
  scripted_server instagram(serve("instagram "));
  curl_client http(one_connection());
  graph_client graph(http, {facebook.url(), "v23.0", instagram.url()});
  collected<send_result> results;
  const auto send = [&](actors::channel_kind channel, const std::string& config) {
    actors::sending_account account;
    account.channel = channel;
    account.sender_id = "500";
    account.access_token = std::make_shared<const std::string>("secret");
    account.config_json = config;
    const auto before = results.values().size();
    graph.send({std::make_shared<const actors::sending_account>(account), "{}"},
               [&](send_result result) { results.add(std::move(result)); });
    EXPECT_EQ(results.wait_for(before + 1).back().message_id, "m_1");
  };
  send(actors::channel_kind::messenger, R"({"page_id":"600"})");
  send(actors::channel_kind::instagram, R"({"page_id":"600"})");
  send(actors::channel_kind::instagram, R"({"username":"shop"})");
  EXPECT_EQ(requests.values(), (std::vector<std::string>{"facebook POST /v23.0/500/messages",
                                                         "facebook POST /v23.0/600/messages",
                                                         "instagram POST /v23.0/500/messages"}));
}

TEST(graph_client, a_full_queue_refuses) {
  scripted_server server([&](connection& peer, int) { peer.wait_for_close(); });
  auto options = one_connection();
  options.requests_queued_max = 3;
  options.drain_timeout = 0ms;
  sender client(server.url(), options);
  client.post("{}");
  while (server.connections() == 0) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) client.post("{}");
  const auto refused = client.results.wait_for(7);
  EXPECT_EQ(refused.size(), 7u);
  for (const auto& result : refused) EXPECT_EQ(result.what, certainty::not_sent);
  client.stop();
  EXPECT_EQ(client.results.values().size(), 11u);
}

TEST(graph_client, every_callback_is_called_once_under_many_threads_and_a_stop) {
  scripted_server server([&](connection& peer, int) {
    while (peer.read_request()) peer.answer(accepted_reply);
  });
  client_options options;
  options.connections_max = options.connections_per_host_max = options.requests_in_flight_max = 8;
  constexpr std::size_t threads = 4;
  constexpr std::size_t each = 500;
  std::vector<std::atomic<int>> calls(threads * each);
  {
    curl_client http(options);
    graph_client graph(http, {server.url(), "v23.0"});
    actors::sending_account one;
    one.sender_id = "77001";
    one.access_token = std::make_shared<const std::string>("secret");
    const auto account = std::make_shared<const actors::sending_account>(one);
    std::vector<std::thread> posting;
    for (std::size_t t = 0; t < threads; ++t)
      posting.emplace_back([&, t] {
        for (std::size_t i = 0; i < each; ++i)
          graph.send({account, "{}"}, [&, at = t * each + i](const send_result&) { ++calls[at]; });
      });
    for (auto& thread : posting) thread.join();
  }
  for (const auto& count : calls) ASSERT_EQ(count, 1);
}

}  // namespace
}  // namespace omnistream::http::client
