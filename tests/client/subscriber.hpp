#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/client/webhook_client.hpp"
#include "http/client/webhook_signature.hpp"
#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client::testing_support {

/// A request as it came over the wire. Header names in lower case.
struct wire_request {
  std::string first_line;
  std::map<std::string, std::string> headers;
  std::string body;

  static wire_request of(const std::string& text) {
    wire_request made;
    const auto end = text.find("\r\n\r\n");
    made.body = text.substr(end + 4);
    std::size_t at = text.find("\r\n");
    made.first_line = text.substr(0, at);
    while (at < end) {
      const auto next = text.find("\r\n", at + 2);
      auto name = text.substr(at + 2, text.find(": ", at) - at - 2);
      for (auto& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      made.headers[name] = text.substr(at + 4 + name.size(), next - at - 4 - name.size());
      at = next;
    }
    return made;
  }
};

/// What settings allow where the subscriber is a scripted_server.
inline config::settings settings_for_loopback() {
  config::settings settings;
  settings.outgoing_webhooks_allow_http = true;
  settings.outgoing_webhooks_allowed_networks = "127.0.0.0/8";
  settings.outgoing_webhooks_request_timeout_ms = 5'000;
  return settings;
}

inline actors::delivery_request delivery_to(const std::string& url, std::string body = "{}") {
  actors::delivery_request request;
  request.url = url;
  request.at = system_now();
  request.delivery_id = uuid::v7(request.at);
  request.body = std::make_shared<const std::string>(std::move(body));
  request.secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  return request;
}

/// Sends one delivery and waits for what came of it.
inline actors::delivery_result deliver(curl_client& http, actors::delivery_request request) {
  webhook_client client(http);
  collected<actors::delivery_result> results;
  client.send(std::move(request), [&](auto result) { results.add(std::move(result)); });
  const auto all = results.wait_for(1);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? actors::delivery_result{} : all.front();
}

}  // namespace omnistream::http::client::testing_support
