#include "http/api/own_url.hpp"

#include <algorithm>
#include <string_view>

#include "http/api/services.hpp"

namespace omnistream::http::api {

std::optional<std::string> own_url(const exchange_ptr& on) {
  const auto host = on->request().header("Host");
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]").find(c) != std::string_view::npos;
  };
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_part)) return std::nullopt;
  const bool is_tls = !on->with().settings.tls_certificate_file.empty() ||
                      on->request().header("X-Forwarded-Proto") == "https";
  return (is_tls ? "https://" : "http://") + std::string(host);
}

}  // namespace omnistream::http::api
