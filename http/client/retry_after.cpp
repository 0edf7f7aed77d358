#include "http/client/retry_after.hpp"

#include <charconv>
#include <limits>
#include <string>

#include <curl/curl.h>

namespace omnistream::http::client {
namespace {

std::int64_t seconds_of(std::string_view value, std::int64_t now_s) {
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (fault == std::errc{} && end == value.data() + value.size()) return seconds;
  // More than fits is still a number: as long as there is.
  if (fault == std::errc::result_out_of_range && !value.starts_with('-'))
    return std::numeric_limits<std::int32_t>::max();
  const auto date = static_cast<std::int64_t>(curl_getdate(std::string(value).c_str(), nullptr));
  return date > 0 ? date - now_s : 0;
}

}  // namespace

std::optional<std::chrono::seconds> retry_after(const http_response& response, std::int64_t now_s) {
  const auto value = response.header("Retry-After");
  const auto seconds = value ? seconds_of(*value, now_s) : 0;
  if (seconds <= 0) return std::nullopt;
  return std::chrono::seconds{seconds};
}

}  // namespace omnistream::http::client
