#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server/answer_pipe.hpp"

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
  bool is_http_1_0 = false;  ///< the answer cannot go on: its length must be told
  /// Keeps the body counted in body_bytes_in_flight_max until the request is gone.
  std::shared_ptr<const void> body_share{};
  /// The first header of that name, compared without case; empty if absent.
  std::string_view header(std::string_view name) const;
};

struct response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The answer goes on with what comes out of here, instead of a body. A client of HTTP/1.0 needs
  /// a Content-Length among its headers, and is answered 505 without one.
  std::shared_ptr<answer_outlet> goes_on{};
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

/// The word on a body whose admission had to be looked up: nothing, or the answer that refuses it.
/// To be called once, on any thread.
using admission_verdict = std::function<void(std::optional<response> refusal)>;

/// Whose bodies count together: none can use up the room of the others.
enum class body_sender : std::uint8_t {
  caller,    ///< is known, or will be looked up
  stranger,  ///< nobody will be asked who it is
  mailer,    ///< a stranger whose bodies are large
};

/// What is to happen to the body that a request announces.
struct admission {
  std::size_t body_bytes_max = 0;  ///< larger ones are answered 413
  std::function<response()>
      too_large{};                    ///< that answer; without it the server has words of its own
  std::optional<response> refusal{};  ///< sent at once: the body is not read, the connection closed
  body_sender from = body_sender::caller;
  /// Where it is not known yet: begins to look it up. Called at once if the body is too large to be
  /// kept before that is known; until the verdict no more of it is read.
  std::function<void(admission_verdict)> look_up{};
};
/// Called on the io thread when a request's header is there and a body follows; must not block.
using admission_check = std::function<admission(const request& head)>;

struct listener_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one, see listener::port()
  /// Further ones wait unaccepted, until one goes; the longest idle one is made to.
  std::size_t connections_max = 10'000;
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 64 << 20;  ///< of any request, whatever the admission check says
  /// Of all requests being read or answered: half for callers, a quarter each for strangers and for
  /// mailers, but never less than one body.
  std::size_t body_bytes_in_flight_max = 256 << 20;
  int idle_timeout_ms = 60'000;    ///< between requests on a kept-alive connection
  int header_timeout_ms = 10'000;  ///< from a request's first byte to the end of its header
  /// From there to the end of its body, and from there to its answer; for the answer a backstop:
  /// the application's own deadline is shorter. And how long an answer that goes on may be silent.
  int request_timeout_ms = 60'000;
  int spare_timeout_ms = 1'000;  ///< a connection idle for longer is closed where others wait
  int write_timeout_ms = 10'000;
  std::string tls_certificate_file;  ///< PEM chain; TLS is on when both are set
  std::string tls_key_file;
};

/// An HTTP/1.1 server on one io thread.
class listener {
 public:
  /// Throws std::runtime_error with a sentence for a person if the address cannot be had.
  /// Without an admission check every body is read up to body_bytes_max.
  listener(listener_options options, request_handler handler, admission_check admit = nullptr);
  ~listener();  ///< stop()
  std::uint16_t port() const;
  void stop_accepting();  ///< new connections are refused; open ones live on
  void stop();            ///< closes everything and joins the io thread

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace omnistream::http::server
