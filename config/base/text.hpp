#pragma once

#include <string>
#include <string_view>

namespace omnistream {

/// Without the blanks, tabs and ends of lines at both ends: a view of the same bytes.
std::string_view trimmed(std::string_view text);

/// Whether nothing of it can be seen: blanks of any kind, ends of lines, and marks without width.
bool is_blank(std::string_view text);

/// What stands for itself in URLs and in parameters of headers (RFC 3986, unreserved), each other
/// byte as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace omnistream
