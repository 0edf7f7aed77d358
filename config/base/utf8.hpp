#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace omnistream {

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// Whether PostgreSQL can store it: UTF-8 without the zero character.
bool is_storable_text(std::string_view bytes);
/// The same bytes as a text that can be stored: each zero, and each byte that belongs to no
/// character, becomes U+FFFD.
std::string storable_text(std::string_view bytes);

/// The number of characters (code points) of valid UTF-8.
std::size_t utf8_length(std::string_view text);

}  // namespace omnistream
