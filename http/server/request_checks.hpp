#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// The answer to a request that no application should see: RFC 9112 wants 400 for an unclear length
/// (request smuggling) and for a host that is missing or given twice. Needs the header only.
std::optional<response> refuse(const request& read, std::size_t header_bytes_max);

/// Names of headers, and the few values that are names too, are compared without case.
bool is_same_name(std::string_view a, std::string_view b);

}  // namespace omnistream::http::server
