#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

#include "config/base/secret.hpp"

namespace omnistream::http::client {

/// A key of an S3 server or the like, which signs each request (AWS Signature Version 4). Requests
/// give the SHA-256 of their body, in hex, in the header x-amz-content-sha256.
struct request_signer {
  std::string region;
  std::string service;
  std::string key_id;
  secret key;
};

/// Limits and ways of one client.
struct client_options {
  std::size_t connections_max = 64;
  std::size_t connections_per_host_max = 64;
  /// Requests on their way at once. More than connections only pay where HTTP/2 shares connections.
  std::size_t requests_in_flight_max = 256;
  std::size_t requests_queued_max = 20'000;  ///< waiting for their turn; further ones are refused
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{
      30'000};  ///< of one request, from its start to its last byte
  /// Idle connections are dropped before servers do, because a request that meets a closing
  /// connection is lost or uncertain.
  std::chrono::seconds idle_connection_max{20};
  std::chrono::milliseconds drain_timeout{
      10'000};  ///< what the destructor grants to requests in flight
  /// How long requests and answers that come one by one may wait for more, which saves a wake-up
  /// for each. Zero where whoever asks waits for the answer before it asks again.
  std::chrono::microseconds gather{1'000};
  std::size_t response_bytes_max = 4 * 1'024 * 1'024;  ///< headers and body
  bool cut_large_answers = false;  ///< a longer body is cut there and counts as answered
  std::string ca_file;             ///< PEM; empty: the system's
  std::string user_agent = "OmniStream";
  bool https_only = false;
  /// If set: whether an address may be connected to. Asked on the client's thread with each address
  /// that is dialled, whatever a name resolved to before, and no proxy is used, as it would dial
  /// instead. Kept connections were asked about when they were made.
  std::function<bool(const sockaddr&)> may_connect;
  std::optional<request_signer> signer;  ///< if set: signs all requests
};

/// Request headers, built once and shared by all requests that have the same. Immutable.
class header_list {
 public:
  /// Each line is `Name: value`. Null if one holds a line break or NUL or has no name: nothing can
  /// be smuggled in.
  static std::shared_ptr<const header_list> make(std::initializer_list<std::string_view> lines);
  /// The same for a client that signs. Its large requests wait up to a second for a `100 Continue`.
  static std::shared_ptr<const header_list> make_signed(
      std::initializer_list<std::string_view> lines);
  ~header_list();
  header_list(const header_list&) = delete;
  header_list& operator=(const header_list&) = delete;

 private:
  friend class transfer;
  header_list() = default;
  bool add(std::initializer_list<std::string_view> lines);
  void* lines_ = nullptr;  ///< curl_slist*
};

struct http_request {
  std::string method = "GET";
  std::string url;  ///< http or https only
  std::shared_ptr<const header_list> headers;
  std::string body;
  /// Instead of `body`: bytes that are not copied. They live as long as `body_owner`, which is let
  /// go of after the callback.
  std::string_view large_body;
  std::shared_ptr<const void> body_owner;
  std::optional<std::chrono::milliseconds> total_timeout;  ///< instead of the client's
  std::optional<std::size_t> response_bytes_max;           ///< instead of the client's
  bool repeatable = false;  ///< the receiver tells a repetition: treat it as GET and HEAD are
};

/// What is known after a request.
struct http_response {
  enum class outcome {
    answered,   ///< status and the whole body are there, or as much of it as was wanted
    not_sent,   ///< no byte of the request was written (or it is repeatable): safe to send again
    uncertain,  ///< perhaps written, but no whole answer: it may or may not have been carried out
  };

  outcome what = outcome::uncertain;
  int status = 0;         ///< 0 if there was none
  std::string_view body;  ///< when answered
  /// What holds the body when answered: the callback may move from it, to have it without a copy.
  std::string* body_buffer = nullptr;
  std::string_view headers;  ///< the last block of header lines as they came
  std::string_view error;    ///< one sentence, unless answered

  /// The value of a header, trimmed; nothing if absent. Names in any case.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// HTTP over libcurl's multi interface on one thread of its own: connections are kept and reused,
/// certificates are checked, redirects are not followed, HTTP/2 is used where HTTPS servers offer
/// it.
///
/// A request other than GET and HEAD is never written twice, unless it says that it may. libcurl by
/// itself sends a request again when a reused connection dies before the first byte of an answer
/// (and on HTTP/2's REFUSED_STREAM); to a server without idempotency keys that doubles messages.
/// Here every attempt passes a gate that lets one through and ends the request as uncertain at the
/// second.
class curl_client {
 public:
  /// Called exactly once on the client's thread; must be short and must not throw. The views die
  /// with the call.
  using callback = std::function<void(const http_response&)>;

  explicit curl_client(client_options options);
  ~curl_client();  ///< as stop()
  curl_client(const curl_client&) = delete;
  curl_client& operator=(const curl_client&) = delete;

  /// Takes the request at once; any thread, also from a callback. Never blocks on the network.
  void submit(http_request request, callback done);

  /// Refuses what waits (not_sent), grants drain_timeout to what is in flight, ends the rest as
  /// uncertain or not_sent. All callbacks were called when it returns; requests that come later are
  /// refused within submit(). Must not be called from a callback.
  void stop();

  std::size_t in_flight() const;  ///< requests on their way; any thread

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace omnistream::http::client
