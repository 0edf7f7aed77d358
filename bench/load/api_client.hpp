#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "http/client/curl_client.hpp"

namespace omnistream::load {

struct api_reply {
  int status = 0;  ///< 0: there was no answer, and error says why
  std::string body;
  std::string error;

  bool ok() const { return status >= 200 && status < 300; }
};

/// Calls of one HTTP server: one after the other (call), or many at once through client().
class api_client {
 public:
  /// `origin` is `http://host:port`; without an API key no X-API-Key is sent.
  explicit api_client(std::string origin, const std::string& api_key = {});
  /// The same server for an agent who logs in. Throws std::runtime_error.
  api_client log_in(const std::string& email, const std::string& password);

  /// Waits for the answer; throws `interrupted`.
  api_reply call(const std::string& method, const std::string& path, std::string body = {});
  /// The JSON that a 2xx answer brought; throws std::runtime_error with anything else.
  nlohmann::json must(const std::string& method, const std::string& path,
                      const nlohmann::json& body = nullptr);
  nlohmann::json must_text(const std::string& method, const std::string& path, std::string body);

  /// A request to this server with its headers, for client().
  http::client::http_request request(std::string method, const std::string& path,
                                     std::string body = {}) const;
  http::client::curl_client& client() { return *client_; }
  const std::string& origin() const { return origin_; }

 private:
  api_client(std::string origin, std::shared_ptr<const http::client::header_list> headers);

  std::string origin_;
  std::shared_ptr<const http::client::header_list> headers_;
  std::unique_ptr<http::client::curl_client> client_;
};

}  // namespace omnistream::load
