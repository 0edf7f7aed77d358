#include "http/api/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace omnistream::http::api {
namespace {

/// The largest number there is for one beyond it: no medium has as many bytes.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

byte_range read_range(std::string_view header, std::uint64_t size) {
  const byte_range all{.count = size};
  constexpr byte_range impossible{.is_part = true, .satisfiable = false};
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return all;
  header.remove_prefix(unit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return all;
  const auto last = number(header.substr(dash + 1));
  if (dash == 0) {  // so many at the end
    if (!last) return all;
    const auto count = std::min(*last, size);
    return count == 0 ? impossible : byte_range{size - count, count, true};
  }
  const auto first = number(header.substr(0, dash));
  const bool open = dash + 1 == header.size();
  if (!first || (!last && !open) || (last && *last < *first)) return all;
  if (*first >= size) return impossible;
  const auto end = open ? size : std::min(*last, size - 1) + 1;
  return {*first, end - *first, true};
}

}  // namespace omnistream::http::api
