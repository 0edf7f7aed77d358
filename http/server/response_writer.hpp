#pragma once

#include <string>
#include <utility>

#include <restinio/message_builders.hpp>
#include <restinio/request_handler.hpp>

#include "http/server/canned_answer.hpp"
#include "http/server/listener.hpp"
#include "http/server/request_checks.hpp"
#include "http/server/response_headers.hpp"

namespace omnistream::http::server {

/// How one request is to be answered, whatever the answer is.
struct answer_manner {
  bool head_only = false;  ///< HEAD: the length is told, the body kept
  bool close = false;
};

inline void write_response(restinio::request_t& to, response answer, answer_manner manner) {
  const auto code = static_cast<std::uint16_t>(answer.status);
  auto builder =
      to.create_response<restinio::user_controlled_output_t>(restinio::http_status_line_t{
          restinio::http_status_code_t{code}, std::string(reason_phrase(answer.status))});
  if (manner.close) {
    builder.connection_close();
  } else {
    builder.connection_keep_alive();
  }
  for (auto& [name, value] : final_headers(answer))
    if (!is_same_name(name, "Content-Length"))
      builder.append_header(std::move(name), std::move(value));
  // To a HEAD an answer may tell the length of a body that it does not have.
  const auto told = manner.head_only ? told_length(answer) : std::nullopt;
  builder.set_content_length(told.value_or(answer.body.size()));
  if (!manner.head_only) builder.set_body(std::move(answer.body));
  builder.done();
}

}  // namespace omnistream::http::server
