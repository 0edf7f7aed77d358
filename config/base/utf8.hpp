#pragma once

#include <cstddef>
#include <string_view>

namespace omnistream {

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// The number of characters (code points) of valid UTF-8.
std::size_t utf8_length(std::string_view text);

}  // namespace omnistream
