#pragma once

#include <span>
#include <string_view>

namespace omnistream::http::contract {

namespace embedded {
extern const std::string_view docs_html;
extern const std::string_view docs_css;
extern const std::string_view docs_js;
}  // namespace embedded

/// One file of the documentation page, compiled into the program. It loads nothing from elsewhere
/// but /openapi.json, so it works offline and under docs_content_security_policy.
struct docs_asset {
  std::string_view path;  ///< `/docs`
  std::string_view content_type;
  std::string_view body;
};

/// To be served by GET without authentication, each under its path. `/docs/errors`, where the
/// `type` of every problem points, is the same page.
std::span<const docs_asset> docs_assets();

/// The header Content-Security-Policy that goes with them.
inline constexpr std::string_view docs_content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

}  // namespace omnistream::http::contract
