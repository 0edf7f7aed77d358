#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// One easy handle of libcurl with its buffers, used for one request after the other. Not
/// thread-safe.
class transfer {
 public:
  explicit transfer(const client_options& options);
  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  CURL* handle() const { return easy_.get(); }

  /// Where the client keeps it among the active ones.
  std::size_t slot() const { return slot_; }
  void set_slot(std::size_t slot) { slot_ = slot; }

  /// Sets the handle up for a request; nothing is sent yet. False: abandon() it.
  bool prepare(http_request request, curl_client::callback done);

  /// Tells the callback what came of it, and lets go of the request. `code` is libcurl's.
  void finish(CURLcode code);
  /// The same for a request that libcurl was not allowed to end.
  void abandon(const char* why);

 private:
  struct easy_deleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_attempt(void* self, char* to_ip, char* from_ip, int to_port, int from_port);
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

  void set_fixed_options(const client_options& options);
  void set_request_options();
  bool repeatable() const;
  std::size_t response_bytes_max() const;
  void make_room();
  bool take_bytes(std::string& into, const char* data, std::size_t size);
  std::string failure(CURLcode code) const;
  void tell(http_response response);

  std::unique_ptr<CURL, easy_deleter> easy_;
  const std::chrono::milliseconds total_timeout_;
  const std::size_t response_bytes_max_;
  const bool cut_large_answers_;
  const bool https_only_;
  const std::function<bool(const sockaddr&)> may_connect_;
  std::size_t slot_ = 0;
  http_request request_;
  curl_client::callback done_;
  bool written_ = false;          ///< an attempt to write the request has begun
  bool attempted_again_ = false;  ///< libcurl wanted to begin another one
  bool too_large_ = false;
  bool cut_ = false;              ///< the body, at response_bytes_max
  bool address_refused_ = false;  ///< by may_connect
  std::string body_;
  std::string headers_;
  char curl_error_[CURL_ERROR_SIZE] = "";
};

}  // namespace omnistream::http::client
