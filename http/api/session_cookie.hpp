#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "http/server/listener.hpp"

namespace omnistream::http::api {

/// A Set-Cookie header that gives the browser of `from` the session's token for `life`: no script
/// reads it, no other site's request carries it, and it never travels in the clear where the server
/// is reached by HTTPS.
std::pair<std::string, std::string> session_cookie_header(const config::settings& settings,
                                                          const server::request& from,
                                                          std::string_view token,
                                                          std::chrono::seconds life);
/// The one that takes it away.
std::pair<std::string, std::string> no_session_cookie_header(const config::settings& settings,
                                                             const server::request& from);

}  // namespace omnistream::http::api
