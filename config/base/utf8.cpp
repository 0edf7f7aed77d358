#include "config/base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace omnistream {
namespace {

/// How many bytes a character with this lead byte has, and the smallest one that needs them.
struct sequence {
  std::size_t length = 0;  ///< 0: no character begins with this byte
  std::uint32_t smallest = 0;
};

sequence sequence_of(std::uint8_t lead) {
  if ((lead & 0xE0) == 0xC0) return {2, 0x80};
  if ((lead & 0xF0) == 0xE0) return {3, 0x800};
  if ((lead & 0xF8) == 0xF0) return {4, 0x10000};
  return {};
}

/// Length of the ASCII run at the start, eight bytes at a time: most text is nothing else.
std::size_t ascii_run(std::string_view text) {
  std::size_t done = 0;
  for (; done + 8 <= text.size(); done += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + done, 8);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (done < text.size() && static_cast<std::uint8_t>(text[done]) < 0x80) ++done;
  return done;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (true) {
    text.remove_prefix(ascii_run(text));
    if (text.empty()) return true;
    const auto lead = static_cast<std::uint8_t>(text.front());
    const auto [length, smallest] = sequence_of(lead);
    if (length == 0 || length > text.size()) return false;
    std::uint32_t point = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<std::uint8_t>(text[i]);
      if ((next & 0xC0) != 0x80) return false;
      point = (point << 6) | (next & 0x3FU);
    }
    if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    text.remove_prefix(length);
  }
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0) != 0x80;
  }));
}

}  // namespace omnistream
