#pragma once

#include <iosfwd>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace omnistream {

/// A string that must not be seen: a token, a password, a key, a database URL. It cannot be
/// printed, logged or serialised by accident: there is no stream operator and no conversion, and
/// fmt prints `***`. Whoever needs the text says so with `reveal()`, which is what a reviewer
/// searches for.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const secret&) const = default;

  template <class Stream>
  friend Stream& operator<<(Stream&, const secret&) = delete;
  /// GoogleTest dumps the bytes of what it cannot print; this is what it finds instead.
  friend void PrintTo(const secret&, std::ostream* out) { *out << "***"; }

 private:
  std::string text_;
};

/// What an API answer shows of a stored secret: `***` and the last 4 characters when there are more
/// than 12, so that a person can tell two tokens apart; else `***` alone, as 4 characters would
/// give too much away.
inline std::string mask(std::string_view text) {
  constexpr std::size_t shown = 4;
  constexpr std::size_t shown_above = 12;
  if (text.size() <= shown_above) return "***";
  const auto tail = text.substr(text.size() - shown);
  for (const char c : tail)
    if (c < ' ' || c > '~') return "***";  // never half a UTF-8 character or a control character
  return "***" + std::string(tail);
}
inline std::string mask(const secret& hidden) {
  return mask(hidden.reveal());
}

}  // namespace omnistream

template <>
struct fmt::formatter<omnistream::secret> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const omnistream::secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
