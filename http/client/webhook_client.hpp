#pragma once

#include <cstddef>
#include <functional>

#include "actors/webhook/delivery_sender.hpp"
#include "config/settings.hpp"
#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// Of the HTTP client for outgoing webhooks, which is its own: it goes only where outbound_rules
/// allow, never through a proxy, and reads little of an answer.
client_options webhook_client_options(const config::settings& settings);

/// Delivers to subscribers' endpoints as the Standard Webhooks specification 1.0 has it: POST,
/// JSON, signed. Thread-safe. A request may be written twice where a kept connection turns out to
/// be dead, because `webhook-id` tells the subscriber. Neither secrets nor what was sent are in any
/// error.
class webhook_client : public actors::delivery_sender {
 public:
  static constexpr std::size_t excerpt_bytes_max = 1'024;  ///< of the answer

  /// `http` is made with webhook_client_options and outlives it.
  explicit webhook_client(curl_client& http) : http_(http) {}

  /// `done` is called on the HTTP client's thread, or within the call if that was stopped.
  void send(actors::delivery_request request,
            std::function<void(actors::delivery_result)> done) override;

 private:
  curl_client& http_;
};

}  // namespace omnistream::http::client
