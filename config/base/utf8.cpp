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

/// Bytes of the character of several bytes that the text begins with; 0: it begins with none.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const auto [length, smallest] = sequence_of(lead);
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return 0;
    point = (point << 6) | (next & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < smallest || point > 0x10FFFF || surrogate ? 0 : length;
}

/// Length of the longest beginning that is UTF-8.
std::size_t utf8_run(std::string_view text) {
  const auto all = text.size();
  while (true) {
    text.remove_prefix(ascii_run(text));
    const auto length = text.empty() ? 0 : character_bytes(text);
    if (length == 0) return all - text.size();
    text.remove_prefix(length);
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  return utf8_run(text) == text.size();
}

bool is_storable_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && is_utf8(bytes);
}

std::string storable_text(std::string_view bytes) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto good = bytes.substr(0, utf8_run(bytes));
    for (const char c : good) c == '\0' ? text.append(replacement) : text.append(1, c);
    bytes.remove_prefix(good.size());
    if (bytes.empty()) break;
    text += replacement;
    bytes.remove_prefix(1);
  }
  return text;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0) != 0x80;
  }));
}

std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max) {
  auto size = std::min(text.size(), bytes_max);
  // In UTF-8 a byte that begins with 10 continues a character.
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return text.substr(0, size);
}

}  // namespace omnistream
