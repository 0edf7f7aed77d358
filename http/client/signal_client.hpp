#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/dispatch/sending_account.hpp"
#include "config/base/result.hpp"
#include "config/settings.hpp"
#include "http/client/curl_client.hpp"
#include "http/client/graph_client.hpp"

namespace omnistream::http::client {

/// Tells Meta what contacts are shown and what is no message: that somebody types, or that a
/// message was read; and asks it what they are called. With connections of its own: messages never
/// wait for what nobody misses. Thread-safe.
class signal_client {
 public:
  /// On the HTTP client's thread or within the call, exactly once: Meta's JSON, or a problem as
  /// those of graph_api.
  using callback = std::function<void(result<nlohmann::json>)>;

  static constexpr std::size_t at_once_max = 8;
  static constexpr std::size_t waiting_max = 256;         ///< further ones are refused
  static constexpr std::chrono::seconds timeout_max{10};  ///< later than that it is no news

  explicit signal_client(const config::settings& settings);

  /// Posts `body`, as Meta has it, to where the account's messages go.
  void post(const actors::sending_account& account, const nlohmann::json& body, callback done);
  /// What somebody who wrote to the account is called, by the id they have with it: first_name and
  /// last_name on Messenger, name and username on Instagram, as far as they told Meta.
  void get_person(const actors::sending_account& account, const std::string& person, callback done);
  void stop() { http_.stop(); }

 private:
  void submit(http_request request, const actors::sending_account& account, callback done);

  const graph_endpoint endpoint_;
  graph_headers headers_;
  curl_client http_;
};

}  // namespace omnistream::http::client
