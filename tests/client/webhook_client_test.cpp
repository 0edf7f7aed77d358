#include "http/client/webhook_client.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client/outbound_rules.hpp"
#include "tests/client/subscriber.hpp"
#include "tests/client/tls_peer.hpp"

namespace omnistream::http::client {
namespace {

using namespace std::chrono_literals;
using actors::delivery_request;
using actors::delivery_result;
using testing::HasSubstr;
using testing_support::collected;
using testing_support::connection;
using testing_support::deliver;
using testing_support::delivery_to;
using testing_support::scripted_server;
using testing_support::settings_for_loopback;
using testing_support::wire_request;

/// A client that may reach the loopback, one subscriber and what it got.
class webhook_delivery : public testing::Test {
 protected:
  using answer = std::function<void(connection&)>;

  /// What comes of one delivery to a subscriber that plays `play` after each request.
  delivery_result deliver_to(answer play, std::string body = "{}") {
    scripted_server server([&](connection& peer, int) {
      while (const auto request = peer.read_request()) {
        requests_.add(*request);
        play(peer);
      }
    });
    curl_client http(options_);
    return deliver(http, delivery_to(server.url("/hooks?token=hidden"), std::move(body)));
  }
  delivery_result deliver_to_answer(const std::string& body, const std::string& status,
                                    const std::string& headers = "") {
    return deliver_to([&](connection& peer) { peer.answer(body, status, headers); });
  }

  client_options options_ = webhook_client_options(settings_for_loopback());
  collected<std::string> requests_;
};

TEST_F(webhook_delivery, is_a_signed_post) {
  const auto result = deliver_to([](connection& peer) { peer.answer("fine"); }, R"({"a":1})");
  EXPECT_TRUE(result.delivered());
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.excerpt, "fine");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.retry_after, std::nullopt);
  const auto got = wire_request::of(requests_.values().at(0));
  EXPECT_EQ(got.first_line, "POST /hooks?token=hidden HTTP/1.1");
  EXPECT_EQ(got.body, R"({"a":1})");
  EXPECT_EQ(got.headers.at("content-type"), "application/json");
  EXPECT_EQ(got.headers.at("user-agent"), "OmniStream-Webhooks/1.0");
  EXPECT_FALSE(got.headers.contains("expect"));
  EXPECT_TRUE(uuid::parse(got.headers.at("webhook-id")));
}

TEST_F(webhook_delivery, carries_its_own_id_and_time_and_every_signature) {
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests_.add(*request);
      peer.answer("", "204 No Content");
    }
  });
  curl_client http(options_);
  auto request = delivery_to(server.url(), "{}");
  request.at = timestamp{1'614'265'330'900ms};
  request.secrets = {make_webhook_secret(), make_webhook_secret()};
  EXPECT_EQ(deliver(http, request).status, 204);
  const auto got = wire_request::of(requests_.values().at(0));
  EXPECT_EQ(got.headers.at("webhook-id"), request.delivery_id.to_string());
  EXPECT_EQ(got.headers.at("webhook-timestamp"), "1614265330");
  EXPECT_EQ(got.headers.at("webhook-signature"),
            sign_webhook(request.secrets, request.delivery_id.to_string(), request.at, "{}"));
}

TEST_F(webhook_delivery, tells_every_status_and_follows_no_redirect) {
  scripted_server other([](connection& peer, int) {
    while (peer.read_request()) peer.answer("no");
  });
  for (const int status :
       {200, 201, 299, 300, 301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 502, 503, 504, 599}) {
    const auto result = deliver_to_answer("told", std::to_string(status) + " Status",
                                          "Location: " + other.url("/") + "\r\n");
    EXPECT_EQ(result.status, status);
    EXPECT_EQ(result.delivered(), status < 300) << status;
    EXPECT_EQ(result.excerpt, "told");
    EXPECT_EQ(result.error, "");
  }
  EXPECT_EQ(other.connections(), 0);
}

TEST_F(webhook_delivery, tells_what_the_subscriber_asks_to_wait) {
  const auto asked = [&](const std::string& value) {
    return deliver_to_answer("", "503 Busy", "Retry-After: " + value + "\r\n").retry_after;
  };
  EXPECT_EQ(asked("120"), 120s);
  EXPECT_EQ(asked("0"), std::nullopt);
  EXPECT_EQ(asked("-5"), std::nullopt);
  EXPECT_EQ(asked("soon"), std::nullopt);
  EXPECT_EQ(asked("Wed, 21 Oct 2015 07:28:00 GMT"), std::nullopt);
  const auto far = asked("Wed, 21 Oct 2099 07:28:00 GMT");
  ASSERT_TRUE(far);
  EXPECT_GT(*far, 24h * 365 * 20);
}

TEST_F(webhook_delivery, keeps_the_first_bytes_of_an_answer_as_text) {
  EXPECT_EQ(deliver_to_answer(std::string(1'024, 'a'), "200 OK").excerpt, std::string(1'024, 'a'));
  EXPECT_EQ(deliver_to_answer(std::string(1'025, 'a'), "200 OK").excerpt, std::string(1'024, 'a'));
  const std::string euro = "\xE2\x82\xAC";
  EXPECT_EQ(deliver_to_answer(std::string(1'022, 'a') + euro, "200 OK").excerpt,
            std::string(1'022, 'a'))
      << "no half of a character";
  EXPECT_EQ(deliver_to_answer(std::string(1'021, 'a') + euro + 'b', "200 OK").excerpt,
            std::string(1'021, 'a') + euro);
  EXPECT_EQ(deliver_to_answer(std::string("a\0b\xFF", 4), "200 OK").excerpt,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

TEST_F(webhook_delivery, an_endless_answer_is_cut_and_counts) {
  std::atomic<bool> hung_up = false;
  const auto began = std::chrono::steady_clock::now();
  const auto result = deliver_to([&](connection& peer) {
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (peer.write("3e8\r\n" + std::string(1'000, 'x') + "\r\n")) {
    }
    hung_up = true;
  });
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.excerpt, std::string(1'024, 'x'));
  EXPECT_TRUE(hung_up);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

TEST_F(webhook_delivery, endless_headers_are_no_answer) {
  const auto result = deliver_to([](connection& peer) {
    peer.write("HTTP/1.1 200 OK\r\n");
    while (peer.write("X-Filler: " + std::string(1'000, 'x') + "\r\n")) {
    }
  });
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.error, HasSubstr("larger than"));
}

TEST_F(webhook_delivery, that_is_not_answered_in_time_says_so) {
  options_.total_timeout = 200ms;
  const auto result = deliver_to([](connection& peer) { peer.wait_for_close(); });
  EXPECT_EQ(result.status, 0);
  EXPECT_GE(result.duration, 190ms);
  EXPECT_LT(result.duration, 4s);
  EXPECT_THAT(result.error, HasSubstr("timed out"));
  EXPECT_TRUE(result.error.ends_with('.')) << result.error;
}

TEST_F(webhook_delivery, half_an_answer_is_none) {
  const auto result = deliver_to([](connection& peer) {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    peer.close();
  });
  EXPECT_EQ(result.status, 0);
  EXPECT_FALSE(result.error.empty());
}

TEST_F(webhook_delivery, errors_hold_neither_secrets_nor_the_path) {
  for (const auto& play : std::vector<answer>{[](connection& peer) { peer.reset(); },
                                              [](connection& peer) { peer.close(); },
                                              [](connection& peer) {
                                                peer.write("rubbish\r\n");
                                                peer.close();
                                              }}) {
    const auto result = deliver_to(play);
    EXPECT_EQ(result.status, 0);
    EXPECT_FALSE(result.error.empty());
    for (const char* hidden : {"hidden", "whsec_", "MfKQ9", "/hooks"})
      EXPECT_EQ(result.error.find(hidden), std::string::npos) << result.error;
  }
}

TEST_F(webhook_delivery, goes_again_where_a_kept_connection_is_dead) {
  std::atomic<int> served = 0;
  scripted_server server([&](connection& peer, int) {
    while (const auto request = peer.read_request()) {
      requests_.add(*request);
      if (++served == 2) return;  // closes without a word
      peer.answer("");
    }
  });
  curl_client http(options_);
  EXPECT_TRUE(deliver(http, delivery_to(server.url())).delivered());
  const auto second = delivery_to(server.url());
  EXPECT_TRUE(deliver(http, second).delivered());
  EXPECT_EQ(served, 3);
  EXPECT_EQ(wire_request::of(requests_.values().at(2)).headers.at("webhook-id"),
            second.delivery_id.to_string());
}

TEST_F(webhook_delivery, with_a_secret_that_is_none_is_not_sent) {
  scripted_server server([](connection&, int) {});
  curl_client http(options_);
  auto request = delivery_to(server.url());
  request.secrets.push_back("hunter2");
  const auto result = deliver(http, request);
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.error, HasSubstr("secret cannot sign"));
  EXPECT_EQ(result.error.find("hunter2"), std::string::npos);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(webhook_delivery, after_the_stop_is_refused_at_once) {
  curl_client http(options_);
  http.stop();
  EXPECT_THAT(deliver(http, delivery_to("http://127.0.0.1:1/")).error, HasSubstr("shutting down"));
}

// -- where it may go
// -------------------------------------------------------------------------------------------------

/// What comes of a delivery by a server with these settings.
delivery_result deliver_with(const config::settings& settings, const std::string& url) {
  curl_client http(webhook_client_options(settings));
  return deliver(http, delivery_to(url));
}

TEST(webhook_guard, dials_no_private_address) {
  scripted_server server([](connection& peer, int) {
    while (peer.read_request()) peer.answer("reached");
  });
  config::settings settings;
  settings.outgoing_webhooks_allow_http = true;
  const auto port = ':' + std::to_string(server.port()) + '/';
  for (const std::string host :
       {"127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0",
        "[::ffff:127.0.0.1]", "%31%32%37.0.0.1"}) {
    const auto result = deliver_with(settings, "http://" + host + port);
    EXPECT_EQ(result.status, 0) << host;
    EXPECT_EQ(result.error, "The host has an address that must not be connected to.") << host;
  }
  EXPECT_EQ(server.connections(), 0);
  settings.outgoing_webhooks_allowed_networks = "127.0.0.2, 10.0.0.0/8";
  EXPECT_EQ(deliver_with(settings, server.url()).status, 0);
  settings.outgoing_webhooks_allowed_networks = "127.0.0.1";
  EXPECT_EQ(deliver_with(settings, server.url()).excerpt, "reached");
  EXPECT_EQ(deliver_with(settings, "http://[::ffff:127.0.0.1]" + port).status, 0)
      << "a mapped address is always a trick";
}

TEST(webhook_guard, sends_nothing_where_a_name_has_moved_inside_since_it_was_checked) {
  scripted_server server([](connection& peer, int) { peer.read_request(); });
  config::settings settings;
  settings.outgoing_webhooks_allow_http = true;
  const auto url = "http://localhost:" + std::to_string(server.port()) + "/";
  const auto when_saved = [](const std::string&, const auto& each) {
    sockaddr_in outside{};
    outside.sin_family = AF_INET;
    ::inet_pton(AF_INET, "93.184.216.34", &outside.sin_addr);
    each(reinterpret_cast<const sockaddr&>(outside));
    return true;
  };
  EXPECT_FALSE(check_outbound_url(outbound_rules_of(settings), url, when_saved));
  EXPECT_EQ(deliver_with(settings, url).error,
            "The host has an address that must not be connected to.");
  EXPECT_EQ(server.connections(), 0);
}

TEST(webhook_guard, is_https_unless_a_setting_allows_http) {
  scripted_server server([](connection& peer, int) { peer.read_request(); });
  auto settings = settings_for_loopback();
  settings.outgoing_webhooks_allow_http = false;
  EXPECT_EQ(deliver_with(settings, server.url()).error, "The URL does not begin with https.");
  EXPECT_EQ(server.connections(), 0);
}

TEST(webhook_guard, certificates_are_checked) {
  const testing_support::tls_identity own_made("IP:127.0.0.1");
  std::atomic<bool> read = false;
  scripted_server server([&](connection& peer, int) {
    testing_support::tls_connection tls(own_made, peer);
    read = !tls.read(1).empty();
  });
  const auto result = deliver_with(settings_for_loopback(),
                                   "https://127.0.0.1:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.error, HasSubstr("certificate"));
  EXPECT_FALSE(read);
}

/// An environment variable for as long as it lives.
class variable {
 public:
  variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~variable() { ::unsetenv(name_); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
};

TEST(webhook_guard, uses_no_proxy_that_the_environment_names) {
  scripted_server server([](connection& peer, int) {
    while (peer.read_request()) peer.answer("direct");
  });
  scripted_server proxy([](connection& peer, int) {
    while (peer.read_request()) peer.answer("proxied");
  });
  const variable lower("http_proxy", proxy.url());
  const variable all("ALL_PROXY", proxy.url());
  EXPECT_EQ(deliver_with(settings_for_loopback(), server.url()).excerpt, "direct");
  curl_client any({});
  EXPECT_EQ(deliver(any, delivery_to(server.url())).excerpt, "proxied") << "the variables work";
}

TEST(webhook_options, are_those_of_the_settings) {
  config::settings settings;
  settings.outgoing_webhooks_requests_in_flight_max = 7;
  const auto options = webhook_client_options(settings);
  EXPECT_EQ(options.requests_in_flight_max, 7u);
  EXPECT_EQ(options.connections_per_host_max, 7u) << "the lanes bound a host";
  EXPECT_EQ(options.total_timeout, 15s);
  EXPECT_EQ(options.connect_timeout, 5s);
  EXPECT_TRUE(options.https_only);
  EXPECT_TRUE(options.may_connect);
  settings.outgoing_webhooks_request_timeout_ms = 1'000;
  EXPECT_EQ(webhook_client_options(settings).connect_timeout, 1s);
}

}  // namespace
}  // namespace omnistream::http::client
