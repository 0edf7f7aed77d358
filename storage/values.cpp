#include "storage/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace omnistream::storage {

std::string arguments::render(const timestamp& value) {
  return format_rfc3339(value);
}

std::string arguments::render(double value) {
  if (std::isnan(value))
    return "NaN";  // to_chars would give its sign as well, which PostgreSQL refuses
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};  // the shortest digits that read back as the same number
}

void arguments::append_quoted(std::string& text, std::string_view element) {
  // Growing step by step, the text of a large one would be copied again and again.
  constexpr std::size_t large = 64 * 1'024;
  if (element.size() > large) {
    const auto escaped =
        std::ranges::count_if(element, [](char c) { return c == '"' || c == '\\'; });
    text.reserve(text.size() + element.size() + static_cast<std::size_t>(escaped) + 2);
  }
  text += '"';
  for (const char c : element) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

}  // namespace omnistream::storage
