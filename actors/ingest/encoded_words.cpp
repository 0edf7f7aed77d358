#include "actors/ingest/encoded_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "config/base/crypto.hpp"
#include "config/base/text.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

constexpr std::size_t charset_bytes_max = 40;
/// RFC 2047 has 75 for all of a word; some programs write a whole subject as one.
constexpr std::size_t encoded_bytes_max = 2'000;

enum class charset : std::uint8_t { utf_8, latin_9, windows_1252 };

std::string small(std::string_view text) {
  std::string made(text);
  std::ranges::transform(made, made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return made;
}

/// Nothing if it is not known. US-ASCII is a part of UTF-8, and what calls itself ISO-8859-1 is
/// Windows-1252, as browsers take it. RFC 2231 has the language behind a star.
std::optional<charset> charset_named(std::string_view name) {
  const auto known = small(name.substr(0, name.find('*')));
  if (known == "utf-8" || known == "utf8" || known == "us-ascii" || known == "ascii")
    return charset::utf_8;
  if (known == "iso-8859-15" || known == "latin-9" || known == "latin9") return charset::latin_9;
  if (known == "iso-8859-1" || known == "latin1" || known == "windows-1252" || known == "cp1252")
    return charset::windows_1252;
  return std::nullopt;
}

/// The bytes from 0x80 to 0x9f; U+FFFD where none is assigned.
constexpr std::array<char16_t, 32> windows_1252_signs{
    u'\u20ac', u'\ufffd', u'\u201a', u'\u0192', u'\u201e', u'\u2026', u'\u2020', u'\u2021',
    u'\u02c6', u'\u2030', u'\u0160', u'\u2039', u'\u0152', u'\ufffd', u'\u017d', u'\ufffd',
    u'\ufffd', u'\u2018', u'\u2019', u'\u201c', u'\u201d', u'\u2022', u'\u2013', u'\u2014',
    u'\u02dc', u'\u2122', u'\u0161', u'\u203a', u'\u0153', u'\ufffd', u'\u017e', u'\u0178'};

/// Where ISO-8859-15 differs from ISO-8859-1.
constexpr std::array<std::pair<unsigned char, char16_t>, 8> latin_9_signs{{{0xa4, u'\u20ac'},
                                                                           {0xa6, u'\u0160'},
                                                                           {0xa8, u'\u0161'},
                                                                           {0xb4, u'\u017d'},
                                                                           {0xb8, u'\u017e'},
                                                                           {0xbc, u'\u0152'},
                                                                           {0xbd, u'\u0153'},
                                                                           {0xbe, u'\u0178'}}};

char16_t sign_of(unsigned char byte, charset in) {
  if (in == charset::latin_9) {
    const auto* const other =
        std::ranges::find(latin_9_signs, byte, &decltype(latin_9_signs)::value_type::first);
    return other == latin_9_signs.end() ? byte : other->second;
  }
  return byte >= 0x80 && byte < 0xa0 ? windows_1252_signs[byte - 0x80U] : byte;
}

void append_utf8(char16_t sign, std::string& to) {
  if (sign < 0x80) {
    to += static_cast<char>(sign);
    return;
  }
  if (sign < 0x800) {
    to += static_cast<char>(0xc0 | (sign >> 6));
  } else {
    to += static_cast<char>(0xe0 | (sign >> 12));
    to += static_cast<char>(0x80 | ((sign >> 6) & 0x3f));
  }
  to += static_cast<char>(0x80 | (sign & 0x3f));
}

std::string in_utf8(const std::string& bytes, charset in) {
  if (in == charset::utf_8) return storable_text(bytes);
  std::string text;
  for (const char byte : bytes) append_utf8(sign_of(static_cast<unsigned char>(byte), in), text);
  return storable_text(text);
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

std::string from_q(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto high = text[at] == '=' && at + 2 < text.size() ? hex_digit(text[at + 1])
                                                              : std::optional<unsigned>();
    const auto low = high ? hex_digit(text[at + 2]) : std::nullopt;
    if (low) {
      bytes += static_cast<char>(*high * 16 + *low);
      at += 2;
    } else {
      bytes += text[at] == '_' ? ' ' : text[at];
    }
  }
  return bytes;
}

std::optional<std::string> from_b(std::string_view text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  return crypto::base64_decode(padded);
}

/// An encoded word, up to `end` of the text.
struct encoded_word {
  charset in = charset::utf_8;
  std::string bytes;
  std::size_t end = 0;
};

/// The one that begins at `at`, where `=?` stands.
std::optional<encoded_word> word_at(std::string_view text, std::size_t at) {
  auto rest = text.substr(at + 2);
  const auto named = rest.substr(0, charset_bytes_max + 1).find('?');
  if (named == std::string_view::npos || named + 2 >= rest.size() || rest[named + 2] != '?')
    return std::nullopt;
  const auto in = charset_named(rest.substr(0, named));
  const char encoding = rest[named + 1];
  rest.remove_prefix(named + 3);
  const auto size = rest.substr(0, encoded_bytes_max + 2).find("?=");
  if (!in || size == std::string_view::npos) return std::nullopt;
  const auto encoded = rest.substr(0, size);
  auto bytes = encoding == 'Q' || encoding == 'q'   ? std::optional(from_q(encoded))
               : encoding == 'B' || encoding == 'b' ? from_b(encoded)
                                                    : std::nullopt;
  if (!bytes) return std::nullopt;
  return encoded_word{*in, std::move(*bytes), at + 2 + named + 3 + size + 2};
}

/// Puts a text together. A character may be in two words, so the bytes of neighbours are one.
class decoding {
 public:
  void add(std::string_view plain) {
    end_word();
    text_ += plain;
  }
  void add(encoded_word word) {
    if (word_ && word_->in == word.in) {
      word_->bytes += word.bytes;
      return;
    }
    end_word();
    word_ = std::move(word);
  }
  bool is_after_word() const { return word_.has_value(); }
  std::string finish() && {
    end_word();
    return std::move(text_);
  }

 private:
  void end_word() {
    if (word_) text_ += in_utf8(word_->bytes, word_->in);
    word_.reset();
  }

  std::string text_;
  std::optional<encoded_word> word_;
};

}  // namespace

std::string with_words_decoded(std::string_view text) {
  decoding into;
  std::size_t at = 0;
  for (auto begin = text.find("=?"); begin != std::string_view::npos; begin = text.find("=?", at)) {
    auto word = word_at(text, begin);
    if (!word) {
      into.add(text.substr(at, begin + 2 - at));
      at = begin + 2;
      continue;
    }
    // Blanks between two words only part them.
    const auto between = text.substr(at, begin - at);
    if (!into.is_after_word() || !trimmed(between).empty()) into.add(between);
    at = word->end;
    into.add(std::move(*word));
  }
  into.add(text.substr(at));
  return std::move(into).finish();
}

}  // namespace omnistream::actors
