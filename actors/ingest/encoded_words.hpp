#pragma once

#include <string>
#include <string_view>

namespace omnistream::actors {

/// The text of a header with its encoded words (RFC 2047) read: `=?utf-8?B?SGFsbw==?=` is Halo.
/// Known are UTF-8, US-ASCII, ISO-8859-1 and -15, and Windows-1252; what is of another charset or
/// no such word stays as it is. Gives valid UTF-8 for valid UTF-8, without NUL of its own. Pure.
std::string with_words_decoded(std::string_view text);

}  // namespace omnistream::actors
