#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omnistream::http::server {

/// A request as it came, taken out of RESTinio: plain values, so that nothing outside http/server
/// includes it.
struct request {
  std::string method;  ///< upper case
  std::string path;    ///< without query, still percent-encoded
  std::string query;   ///< without `?`, still percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string remote_address;
  /// The first header of that name, compared without case; empty if absent.
  std::string_view header(std::string_view name) const;
};

struct response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// The right to answer one request. Any thread; the first call answers, later ones are ignored and
/// logged. If the last copy dies unanswered, the client gets 503, so nothing that is lost inside
/// leaves it waiting.
class responder {
 public:
  virtual ~responder() = default;
  virtual void send(response answer) = 0;
  /// Instead of an answer: ends the connection, with a TCP reset where there is one to reset. For
  /// simulating faults.
  virtual void abort() { send({.status = 503, .body = {}, .headers = {}}); }
};

/// Called on the io thread for every complete request; must not block. Exceptions become a 500.
using request_handler = std::function<void(request, std::shared_ptr<responder>)>;

struct listener_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                ///< 0: a free one, see listener::port()
  std::size_t connections_max = 10'000;  ///< further ones wait unaccepted
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max =
      64 << 20;                  ///< hard limit (the connection is closed); routes have lower ones
  int idle_timeout_ms = 60'000;  ///< between requests on a kept-alive connection
  int request_timeout_ms = 60'000;  ///< backstop; the application's own deadline is shorter
  int write_timeout_ms = 10'000;
  std::string tls_certificate_file;  ///< PEM chain; TLS is on when both are set
  std::string tls_key_file;
};

/// An HTTP/1.1 server on one io thread.
class listener {
 public:
  /// Throws std::runtime_error with a sentence for a person if the address cannot be had.
  listener(listener_options options, request_handler handler);
  ~listener();  ///< stop()
  std::uint16_t port() const;
  void stop_accepting();  ///< new connections are refused; open ones live on
  void stop();            ///< closes everything and joins the io thread

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace omnistream::http::server
