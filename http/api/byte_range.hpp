#pragma once

#include <cstdint>
#include <string_view>

namespace omnistream::http::api {

/// Which bytes of something a request wants.
struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool is_part = false;     ///< to be answered 206
  bool satisfiable = true;  ///< otherwise to be answered 416
};

/// What a Range header asks of `size` bytes, as RFC 9110 has it: all of it where there is no
/// header, one that is not understood, or more than one range.
byte_range read_range(std::string_view header, std::uint64_t size);

}  // namespace omnistream::http::api
