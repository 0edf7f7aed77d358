#pragma once

#include <string_view>

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

/// A request without its body and its sender.
inline request read_head(std::string_view method, const restinio::http_request_header_t& from) {
  request read;
  read.method = method;
  const auto parts = split_target(from.request_target());
  read.path = parts.path;
  read.query = parts.query;
  read.headers.reserve(from.fields_count());
  from.for_each_field([&](const restinio::http_header_field_t& field) {
    read.headers.emplace_back(field.name(), field.value());
  });
  return read;
}

}  // namespace omnistream::http::server
