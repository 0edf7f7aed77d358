#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/server/body_budget.hpp"
#include "http/server/listener.hpp"

namespace omnistream::http::server {

enum class connection_phase : std::uint8_t {
  idle,       ///< nothing of a next request has come
  header,     ///< a request has begun, its header is not complete
  body,       ///< the header is complete, the body is not
  answering,  ///< the application has the request
  writing,    ///< the answer is leaving
  ending      ///< nothing more is expected of it
};

/// What the server knows of one open connection. Owned by its socket, used on the io thread only.
struct connection_record {
  std::uint64_t id = 0;
  int descriptor = -1;  ///< to end the connection from outside; -1 once it is closed
  std::string peer;     ///< its address

  connection_phase phase = connection_phase::idle;
  std::chrono::steady_clock::time_point since{};    ///< when the phase began
  std::list<connection_record*>::iterator place{};  ///< in the table's list of the phase

  request incoming;          ///< the request being read
  bool is_http_1_0 = false;  ///< the last request was
  std::size_t body_bytes_max = 0;
  std::function<response()> too_large;  ///< answers a body that is larger, if set
  std::shared_ptr<body_share> share;    ///< of the body being read
  bool continue_wanted = false;         ///< the client waits for 100 Continue
  std::uint64_t held = 0;  ///< which lookup decides whether more of the body is read; 0: none

  std::optional<response> farewell;         ///< what the client hears if it is closed now
  std::function<void()> interrupt_reading;  ///< set while the socket reads
  std::function<void()> resume_reading;     ///< set while the body is held and a read waits
  /// While nothing is read: calls back when the client sends something or hangs up, or the
  /// connection is closed. Set once the socket has begun to read.
  std::function<void(std::function<void()>)> await_input;
};

/// The reason RESTinio gave in its log for the close it does next. Both happen in one call on the
/// io thread, so one place per server is enough; whoever closes takes it.
class last_failure {
 public:
  void note(std::string cause) { cause_ = std::move(cause); }
  std::string take() { return std::exchange(cause_, {}); }

 private:
  std::string cause_;
};

}  // namespace omnistream::http::server
