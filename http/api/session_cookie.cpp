#include "http/api/session_cookie.hpp"

#include "http/api/authenticator.hpp"

namespace omnistream::http::api {
namespace {

/// By its own certificate, or through a proxy that says so: who forges the header only keeps the
/// cookie from travelling in the clear.
bool is_https(const config::settings& settings, const server::request& from) {
  return !settings.tls_certificate_file.empty() || from.header("X-Forwarded-Proto") == "https";
}

}  // namespace

std::pair<std::string, std::string> session_cookie_header(const config::settings& settings,
                                                          const server::request& from,
                                                          std::string_view token,
                                                          std::chrono::seconds life) {
  auto line = std::string(session_cookie) + "=" + std::string(token) +
              "; Path=/; Max-Age=" + std::to_string(life.count()) + "; HttpOnly; SameSite=Strict";
  if (is_https(settings, from)) line += "; Secure";
  return {"Set-Cookie", std::move(line)};
}

std::pair<std::string, std::string> no_session_cookie_header(const config::settings& settings,
                                                             const server::request& from) {
  return session_cookie_header(settings, from, "", std::chrono::seconds(0));
}

}  // namespace omnistream::http::api
