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

/// The most of the first `bytes_max` bytes that cuts no character of valid UTF-8.
std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max);

}  // namespace omnistream
