#include "http/client/curl_client.hpp"

#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client {
namespace {

using namespace std::chrono_literals;
using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;
using outcome = http_response::outcome;

struct kept_response {
  outcome what;
  int status;
  std::string body;
  std::string type;
};

http_request make_request(std::string method, std::string url, std::string body = "",
                          std::shared_ptr<const header_list> headers = nullptr) {
  http_request made;
  made.method = std::move(method);
  made.url = std::move(url);
  made.body = std::move(body);
  made.headers = std::move(headers);
  return made;
}

kept_response exchange(curl_client& client, http_request request) {
  collected<kept_response> responses;
  client.submit(std::move(request), [&](const http_response& response) {
    responses.add({response.what, response.status, std::string(response.body),
                   std::string(response.header("Content-Type").value_or(""))});
  });
  const auto all = responses.wait_for(1);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? kept_response{} : all.front();
}

TEST(curl_client, sends_each_method_with_its_body_and_headers) {
  collected<std::string> requests;
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests.add(*request);
      request->starts_with("HEAD ") ? peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                                    : peer.answer("hello", "201 Created");
    }
  });
  curl_client client({});
  const auto headers = header_list::make({"X-One: 1", "Content-Type: text/plain"});
  for (const std::string method : {"GET", "POST", "PUT", "HEAD", "PATCH", "DELETE", "GET"}) {
    const bool with_body = method == "POST" || method == "PUT" || method == "PATCH";
    const auto response = exchange(
        client, make_request(method, server.url("/p?q=1"), with_body ? "body" : "", headers));
    EXPECT_EQ(response.what, outcome::answered) << method;
    EXPECT_EQ(response.status, method == "HEAD" ? 200 : 201);
    EXPECT_EQ(response.body, method == "HEAD" ? "" : "hello");
    const auto request = requests.values().back();
    EXPECT_TRUE(request.starts_with(method + " /p?q=1 HTTP/1.1\r\n")) << request;
    EXPECT_NE(request.find("\r\nX-One: 1\r\n"), std::string::npos) << request;
    EXPECT_EQ(request.ends_with("\r\n\r\nbody"), with_body) << request;
  }
  EXPECT_EQ(server.connections(), 1) << "one connection served them all";
}

TEST(curl_client, a_get_may_be_repeated_on_a_new_connection) {
  std::atomic<int> served = 0;
  scripted_server server([&](connection& peer, int number) {
    while (peer.read_request()) {
      if (++served == 2 && number == 1) return;  // closes without a word
      peer.answer("hello");
    }
  });
  curl_client client({});
  EXPECT_EQ(exchange(client, make_request("GET", server.url())).body, "hello");
  EXPECT_EQ(exchange(client, make_request("GET", server.url())).body, "hello");
  EXPECT_EQ(served, 3);
}

TEST(curl_client, a_post_without_a_body_is_not_repeated) {
  std::atomic<int> served = 0;
  scripted_server server([&](connection& peer, int) {
    while (peer.read_request()) {
      if (++served == 2) return;
      peer.answer("hello");
    }
  });
  curl_client client({});
  EXPECT_EQ(exchange(client, make_request("POST", server.url())).what, outcome::answered);
  EXPECT_EQ(exchange(client, make_request("POST", server.url())).what, outcome::uncertain);
  EXPECT_EQ(served, 2);
}

TEST(curl_client, bodies_of_any_bytes_and_size_arrive_whole) {
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request())
      peer.answer(request->substr(request->find("\r\n\r\n") + 4));
  });
  curl_client client({});
  for (const std::size_t size : {1u, 1'000u, 65'535u, 65'536u, 65'537u, 2'000'000u}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 31);
    EXPECT_EQ(exchange(client, make_request("POST", server.url(), body)).body, body) << size;
  }
}

TEST(curl_client, connections_are_bounded) {
  std::atomic<int> open = 0;
  std::atomic<int> most = 0;
  scripted_server server([&](connection& peer, int) {
    most = std::max<int>(most, ++open);
    while (peer.read_request()) {
      std::this_thread::sleep_for(2ms);
      peer.answer("x");
    }
    --open;
  });
  client_options options;
  options.connections_max = options.connections_per_host_max = 3;
  options.requests_in_flight_max = 50;
  collected<int> statuses;
  {
    curl_client client(options);
    for (int i = 0; i < 100; ++i)
      client.submit(make_request("GET", server.url()),
                    [&](const http_response& response) { statuses.add(response.status); });
    EXPECT_EQ(statuses.wait_for(100), std::vector<int>(100, 200));
  }
  EXPECT_LE(most, 3);
}

TEST(curl_client, callbacks_may_submit_and_are_answered_even_while_stopping) {
  scripted_server server([&](connection& peer, int) {
    while (peer.read_request()) peer.answer("x");
  });
  collected<outcome> outcomes;
  std::function<void(int)> chain;  // outlives the client, whose destructor still calls back
  {
    curl_client client({});
    chain = [&](int left) {
      client.submit(make_request("GET", server.url()), [&, left](const http_response& response) {
        outcomes.add(response.what);
        if (left > 0) chain(left - 1);
      });
    };
    chain(10'000);
    outcomes.wait_for(5);
  }
  const auto all = outcomes.values();
  EXPECT_EQ(all.size(), 10'001u);
  EXPECT_EQ(all.back(), outcome::not_sent) << "refused after the stop";
}

TEST(curl_client, a_stopped_client_refuses_at_once) {
  curl_client client({});
  client.stop();
  client.stop();
  std::optional<outcome> told;
  client.submit(make_request("GET", "http://127.0.0.1:1/"),
                [&](const http_response& response) { told = response.what; });
  EXPECT_EQ(told, outcome::not_sent);
}

TEST(curl_client, connections_idle_for_too_long_are_not_used_again) {
  scripted_server server([](connection& peer, int) {
    while (peer.read_request()) peer.answer("x");
  });
  client_options options;
  options.idle_connection_max = 1s;
  curl_client client(options);
  EXPECT_EQ(exchange(client, make_request("POST", server.url(), "x")).status, 200);
  std::this_thread::sleep_for(2'100ms);  // libcurl counts idle time in whole seconds
  EXPECT_EQ(exchange(client, make_request("POST", server.url(), "x")).status, 200);
  EXPECT_EQ(server.connections(), 2);
}

TEST(curl_client, a_request_may_have_its_own_timeout) {
  scripted_server server([](connection& peer, int) { peer.wait_for_close(); });
  curl_client client({});
  auto hurried = make_request("POST", server.url(), "x");
  hurried.total_timeout = 100ms;
  EXPECT_EQ(exchange(client, std::move(hurried)).what, outcome::uncertain);
}

TEST(header_list, lines_with_breaks_or_without_a_name_are_refused) {
  EXPECT_NE(header_list::make({}), nullptr);
  EXPECT_NE(header_list::make({"A: b", "C:"}), nullptr);
  for (const std::string_view bad :
       {std::string_view("A: b\r\nC: d"), std::string_view("A: b\n"), std::string_view("A\0: b", 5),
        std::string_view(": b"), std::string_view("nothing"), std::string_view("")})
    EXPECT_EQ(header_list::make({"A: b", bad}), nullptr) << bad;
}

}  // namespace
}  // namespace omnistream::http::client
