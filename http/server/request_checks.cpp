#include "http/server/request_checks.hpp"

#include <strings.h>

#include "http/server/canned_answer.hpp"

namespace omnistream::http::server {

bool is_same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<response> refuse(const request& read, std::size_t header_bytes_max) {
  std::size_t bytes = 0;
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
  bool odd_encoding = false;
  for (const auto& [name, value] : read.headers) {
    bytes += name.size() + value.size() + 4;
    if (is_same_name(name, "Host")) ++hosts;
    if (is_same_name(name, "Content-Length")) ++lengths;
    if (is_same_name(name, "Transfer-Encoding")) {
      ++encodings;
      odd_encoding = odd_encoding || !is_same_name(value, "chunked");
    }
  }
  if (bytes + read.path.size() + read.query.size() > header_bytes_max)
    return canned_problem(431, "header_too_large", "The request's header is too large.");
  if (lengths + encodings > 1 || odd_encoding)
    return canned_problem(
        400, "unclear_length",
        "Send either one Content-Length or Transfer-Encoding: chunked, not both.");
  if (hosts > 1)
    return canned_problem(400, "two_hosts", "The request names its host more than once.");
  return std::nullopt;
}

std::string_view request::header(std::string_view name) const {
  for (const auto& [known, value] : headers)
    if (is_same_name(known, name)) return value;
  return {};
}

}  // namespace omnistream::http::server
