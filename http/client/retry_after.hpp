#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// How long `Retry-After` asks to wait: seconds, or a date after `now_s` (Unix time). Nothing if
/// there is no such header, or nothing to wait for.
std::optional<std::chrono::seconds> retry_after(const http_response& response, std::int64_t now_s);

}  // namespace omnistream::http::client
