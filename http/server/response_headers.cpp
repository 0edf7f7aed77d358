#include "http/server/response_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

#include "http/server/request_checks.hpp"
#include "http/server/server_log.hpp"

namespace omnistream::http::server {
namespace {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, made once a second.
const std::string& http_date() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now == second) return text;
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> buffer{};
  const auto length =
      std::snprintf(buffer.data(), buffer.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                    days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                    months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                    parts.tm_hour, parts.tm_min, parts.tm_sec);
  text.assign(buffer.data(), static_cast<std::size_t>(length));
  second = now;
  return text;
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

}  // namespace

std::vector<std::pair<std::string, std::string>> final_headers(const response& answer) {
  std::vector<std::pair<std::string, std::string>> headers;
  headers.reserve(answer.headers.size() + 5);
  const auto given = [&](std::string_view name) {
    return std::any_of(answer.headers.begin(), answer.headers.end(),
                       [&](const auto& header) { return is_same_name(header.first, name); });
  };
  headers.emplace_back("Server", "omnistream");
  headers.emplace_back("Date", http_date());
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  const bool json = answer.content_type.starts_with("application/json") ||
                    answer.content_type.starts_with("application/problem+json");
  if (json && !given("Cache-Control")) headers.emplace_back("Cache-Control", "no-store");
  if ((!answer.body.empty() || answer.goes_on) && !given("Content-Type"))
    headers.emplace_back("Content-Type", answer.content_type);
  for (const auto& [name, value] : answer.headers) {
    if (name.empty() || !is_clean(name) || !is_clean(value)) {
      log_server_event("A response header with control characters was left out", name);
      continue;
    }
    headers.emplace_back(name, value);
  }
  return headers;
}

std::optional<std::size_t> told_length(const response& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (!is_same_name(name, "Content-Length")) continue;
    std::size_t length = 0;
    std::from_chars(value.data(), value.data() + value.size(), length);
    return length;
  }
  return std::nullopt;
}

}  // namespace omnistream::http::server
