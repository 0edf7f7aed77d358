#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/dispatch/message_sender.hpp"
#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// Where Meta's Graph API is.
struct graph_endpoint {
  std::string api_url =
      "https://graph.facebook.com";  ///< without a slash at the end and without the version
  std::string version = "v23.0";
  std::string instagram_api_url = "https://graph.instagram.com";  ///< of Instagram's own login
};

/// `{api_url}/{version}/{path}`.
std::string graph_url(const graph_endpoint& endpoint, std::string_view path);

/// Where what an account sends is posted: {api_url}/{version}/{id}/messages of its number or page.
/// Of an Instagram account that is the page it belongs to (`page_id` of its config); one that was
/// connected without a page has its own id at instagram_api_url. Empty if the id is none.
std::string messages_url(const graph_endpoint& endpoint, const actors::sending_account& account);

/// Where somebody who wrote to a page or an Instagram account is, by the id they have with it,
/// asked for what they are called. Of an Instagram account that was connected without a page at
/// instagram_api_url. Empty if the id is none.
std::string person_url(const graph_endpoint& endpoint, const actors::sending_account& account,
                       std::string_view person);

/// Whether `id` can stand in a path of the Graph API as it is: 1 to 64 letters, digits and `_`.
bool is_graph_id(std::string_view id);

/// The request headers of each access token, made once. Thread-safe. Tokens are kept in memory,
/// never logged.
class graph_headers {
 public:
  static constexpr std::size_t tokens_max = 1'000;  ///< when more are in use, all are made anew

  /// Null if the token holds characters that no header may hold.
  std::shared_ptr<const header_list> of(const std::string& access_token);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const header_list>> by_token_;
};

/// Sends messages through the Graph API. Never sends one twice: see curl_client. Thread-safe.
class graph_client : public actors::message_sender {
 public:
  /// `http` outlives it.
  graph_client(curl_client& http, graph_endpoint endpoint)
      : http_(http), endpoint_(std::move(endpoint)) {}

  /// POST to messages_url(). `done` is called on the HTTP client's thread.
  void send(actors::outbound_message message,
            std::function<void(actors::send_result)> done) override;

 private:
  curl_client& http_;
  const graph_endpoint endpoint_;
  graph_headers headers_;
};

}  // namespace omnistream::http::client
