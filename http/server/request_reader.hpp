#pragma once

#include <cstddef>
#include <optional>

#include <restinio/request_handler.hpp>

#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// Path and query of a request target; the absolute form that proxies send is reduced to them.
struct target_parts {
  std::string_view path;
  std::string_view query;
};
inline target_parts split_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find_first_of("/?", scheme.size());
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

inline request read_request(const restinio::request_t& from) {
  request read;
  read.method = from.header().method().c_str();
  const auto parts = split_target(from.header().request_target());
  read.path = parts.path;
  read.query = parts.query;
  read.headers.reserve(from.header().fields_count());
  from.header().for_each_field([&](const restinio::http_header_field_t& field) {
    read.headers.emplace_back(field.name(), field.value());
  });
  read.body = from.body();
  read.remote_address = from.remote_endpoint().address().to_string();
  return read;
}

/// The answer to a request that no application should see: RFC 9112 wants 400 for an unclear length
/// (request smuggling) and for a host that is missing or given twice.
std::optional<response> refuse(const request& read, std::size_t header_bytes_max);

}  // namespace omnistream::http::server
