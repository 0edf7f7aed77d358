#pragma once

#include <climits>
#include <exception>

#include <http_parser.h>
#include <restinio/http_server.hpp>

#include "http/server/canned_answer.hpp"
#include "http/server/request_intake.hpp"
#include "http/server/request_reader.hpp"
#include "http/server/server_log.hpp"

namespace omnistream::http::server {

/// RESTinio hands its parser no pointer of ours. But it parses only inside the completion of one of
/// its connection's reads or writes, on this thread: there, the connection stands here.
class parsing_scope {
 public:
  parsing_scope(request_intake& intake, connection_record& on) {
    current_intake = &intake;
    current = &on;
  }
  ~parsing_scope() { current = nullptr; }
  parsing_scope(const parsing_scope&) = delete;
  parsing_scope& operator=(const parsing_scope&) = delete;

  static inline thread_local request_intake* current_intake = nullptr;
  static inline thread_local connection_record* current = nullptr;
};

/// Where RESTinio keeps what it parses; it checks limits of its own against it, but only those of
/// the header are used: bodies are taken by the intake, which knows whose they are.
namespace parser_hooks {

/// The parser is C: nothing may be thrown through it.
template <class Decide>
int guarded(Decide&& decide) noexcept {
  constexpr int go_on = 0;
  constexpr int close = -1;
  if (parsing_scope::current == nullptr) return close;
  try {
    return decide(*parsing_scope::current_intake, *parsing_scope::current) ? go_on : close;
  } catch (const std::exception& failed) {
    log_server_event("A request could not be taken in", failed.what());
    return close;
  }
}

inline int message_begins(http_parser*) {
  return guarded([](request_intake& intake, connection_record& on) {
    intake.begin(on);
    return true;
  });
}

inline int header_complete(http_parser* parser) {
  return guarded([parser](request_intake& intake, connection_record& on) {
    auto& parsed = *static_cast<restinio::impl::http_parser_ctx_t*>(parser->data);
    parsed.m_leading_headers_completed = true;
    // No other protocol is spoken here, and ignoring the wish for one is allowed.
    parser->upgrade = 0;
    on.is_http_1_0 = parser->http_major == 1 && parser->http_minor == 0;
    on.incoming =
        read_head(http_method_str(static_cast<http_method>(parser->method)), parsed.m_header);
    announced_body body;
    body.chunked = (parser->flags & F_CHUNKED) != 0;
    if (parser->content_length != ULLONG_MAX) body.bytes = parser->content_length;
    return intake.take_header(on, body);
  });
}

inline int body_piece(http_parser*, const char* at, std::size_t length) {
  return guarded([at, length](request_intake& intake, connection_record& on) {
    return intake.take_body(on, {at, length});
  });
}

inline http_parser_settings settings() {
  auto hooks = restinio::impl::create_parser_settings<restinio::default_http_methods_t>();
  hooks.on_message_begin = message_begins;
  hooks.on_headers_complete = header_complete;
  hooks.on_body = body_piece;
  // RESTinio would note every chunk: a body of one-byte chunks would take many times its size.
  hooks.on_chunk_header = nullptr;
  return hooks;
}

}  // namespace parser_hooks
}  // namespace omnistream::http::server
