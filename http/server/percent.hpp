#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace omnistream::http::server {

/// Undoes percent-encoding (RFC 3986). Nothing if a `%` is not followed by two hex digits, or if
/// the text is not UTF-8 or holds a zero byte afterwards: no identifier or search text of ours can
/// be that.
std::optional<std::string> percent_decode(std::string_view text);

/// The same for a form-encoded query, where `+` is a space.
std::optional<std::string> form_decode(std::string_view text);

}  // namespace omnistream::http::server
