#include "actors/json_text.hpp"

#include <array>

namespace omnistream::actors {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The four hex digits at `at`; -1 if they are not there.
int hex4(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/// Bytes that may stand in a JSON string for themselves.
constexpr std::array<bool, 256> make_plain(bool with_upper_half) {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 256; ++c)
    plain[c] = c != '"' && c != '\\' && (with_upper_half || c < 0x80);
  return plain;
}
constexpr auto plain = make_plain(true);
constexpr auto plain_ascii = make_plain(false);

std::size_t plain_run(const std::array<bool, 256>& table, std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && table[static_cast<unsigned char>(text[end])]) ++end;
  return end;
}

void append_utf8(std::uint32_t point, std::string& out) {
  if (point == 0 || (point >= 0xd800 && point <= 0xdfff)) {
    out += replacement;
  } else if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

/// The length of the well-formed UTF-8 character of several bytes at `at` (RFC 3629); 0 if it is
/// malformed.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < at + length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned second = byte(1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
  if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
  return length;
}

/// Decodes the escape whose backslash stands at `at`; returns the place after it.
std::size_t decode_escape(std::string_view raw, std::size_t at, std::string& out) {
  if (at + 1 >= raw.size()) {
    out += replacement;
    return raw.size();
  }
  switch (const char c = raw[at + 1]) {
    case 'b':
      out += '\b';
      return at + 2;
    case 'f':
      out += '\f';
      return at + 2;
    case 'n':
      out += '\n';
      return at + 2;
    case 'r':
      out += '\r';
      return at + 2;
    case 't':
      out += '\t';
      return at + 2;
    case 'u':
      break;
    case '"':
    case '\\':
    case '/':
      out += c;
      return at + 2;
    default:
      out += replacement;
      return at + 1;
  }
  const int high = hex4(raw, at + 2);
  if (high < 0) {
    out += replacement;
    return at + 2;
  }
  if (high >= 0xd800 && high < 0xdc00 && raw.substr(at + 6, 2) == "\\u") {
    const int low = hex4(raw, at + 8);
    if (low >= 0xdc00 && low <= 0xdfff) {
      append_utf8(0x10000U + ((static_cast<std::uint32_t>(high) - 0xd800U) << 10) +
                      (static_cast<std::uint32_t>(low) - 0xdc00U),
                  out);
      return at + 12;
    }
  }
  append_utf8(static_cast<std::uint32_t>(high), out);
  return at + 6;
}

}  // namespace

bool json_cursor::fail() {
  failed_ = true;
  return false;
}

void json_cursor::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

json_cursor::kind json_cursor::peek() {
  if (failed_) return kind::none;
  skip_space();
  if (at_ >= text_.size()) return kind::none;
  switch (const char c = text_[at_]) {
    case '{':
      return kind::object;
    case '[':
      return kind::array;
    case '"':
      return kind::string;
    case 't':
    case 'f':
      return kind::boolean;
    case 'n':
      return kind::null;
    default:
      return c == '-' || is_digit(c) ? kind::number : kind::none;
  }
}

bool json_cursor::enter(char open) {
  if (failed_) return false;
  skip_space();
  if (at_ >= text_.size() || text_[at_] != open) return false;
  if (++depth_ > depth_max) return fail();
  ++at_;
  first_ = true;
  return true;
}

/// Moves past the comma to the next member or element, or out of the container.
bool json_cursor::next(char close) {
  if (failed_) return false;
  skip_space();
  if (at_ >= text_.size() || depth_ == 0) return fail();
  if (text_[at_] == close) {
    ++at_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (text_[at_] != ',') return fail();
    ++at_;
    skip_space();
  }
  first_ = false;
  return at_ < text_.size() || fail();
}

bool json_cursor::next_member(std::string_view& key) {
  if (!next('}')) return false;
  const std::size_t begin = at_;
  if (text_[at_] != '"' || !skip_string()) return fail();
  key = text_.substr(begin + 1, at_ - begin - 2);
  skip_space();
  if (at_ >= text_.size() || text_[at_] != ':') return fail();
  ++at_;
  skip_space();
  return peek() != kind::none || fail();
}

bool json_cursor::next_element() {
  if (!next(']')) return false;
  return peek() != kind::none || fail();
}

std::string_view json_cursor::take_value() {
  const auto what = peek();
  if (what == kind::none) {
    fail();
    return {};
  }
  const std::size_t begin = at_;
  const bool nested = what == kind::object || what == kind::array;
  if (!(nested ? skip_nested() : skip_scalar())) return {};
  return text_.substr(begin, at_ - begin);
}

bool json_cursor::take_string(std::string& out) {
  const bool wanted = peek() == kind::string;
  const auto text = take_value();
  if (!wanted || failed_) return false;
  out.clear();
  decode_json_string(text.substr(1, text.size() - 2), out);
  return true;
}

bool json_cursor::finished() {
  if (failed_ || depth_ != 0) return false;
  skip_space();
  return at_ == text_.size();
}

/// Escapes are checked here once, so that decoding may trust them.
bool json_cursor::skip_string() {
  for (++at_; at_ < text_.size(); ++at_) {
    at_ = plain_run(plain, text_, at_);
    if (at_ >= text_.size()) break;
    if (text_[at_] == '"') {
      ++at_;
      return true;
    }
    if (text_[at_] != '\\' || ++at_ >= text_.size()) return fail();
    if (text_[at_] == 'u') {
      if (hex4(text_, at_ + 1) < 0) return fail();
      at_ += 4;
    } else if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos) {
      return fail();
    }
  }
  return fail();
}

bool json_cursor::skip_scalar() {
  switch (text_[at_]) {
    case '"':
      return skip_string();
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      return skip_number();
  }
}

bool json_cursor::skip_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail();
  at_ += word.size();
  return true;
}

bool json_cursor::skip_number() {
  const auto digits = [this] {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ - begin;
  };
  const auto at = [this](char c) { return at_ < text_.size() && text_[at_] == c; };
  if (at('-')) ++at_;
  const bool zero = at('0');
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return fail();
  if (at('.')) {
    ++at_;
    if (digits() == 0) return fail();
  }
  if (at('e') || at('E')) {
    ++at_;
    if (at('+') || at('-')) ++at_;
    if (digits() == 0) return fail();
  }
  return true;
}

/// Walks the object or array at the cursor with the cursor's own steps; the kinds of the open
/// containers are bits of a number, because depth_max fits.
bool json_cursor::skip_nested() {
  static_assert(depth_max <= 64);
  std::uint64_t objects = 0;  // bit 0: the innermost open container is an object
  const std::size_t depth_before = depth_;
  std::string_view key;
  do {
    const bool object = text_[at_] == '{';
    if (object || text_[at_] == '[') {
      if (!enter(object ? '{' : '[')) return false;
      objects = objects << 1 | (object ? 1U : 0U);
    } else if (!skip_scalar()) {
      return false;
    }
    while (depth_ > depth_before && !((objects & 1U) != 0 ? next_member(key) : next_element())) {
      if (failed_) return false;
      objects >>= 1;
    }
  } while (depth_ > depth_before);
  return true;
}

void decode_json_string(std::string_view raw, std::string& out) {
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t end = plain_run(plain_ascii, raw, at);
    out.append(raw.substr(at, end - at));
    at = end;
    if (at >= raw.size()) return;
    if (raw[at] == '\\') {
      at = decode_escape(raw, at, out);
    } else if (static_cast<unsigned char>(raw[at]) < 0x80) {
      append_utf8(static_cast<unsigned char>(raw[at++]), out);
    } else if (const auto length = utf8_length(raw, at); length != 0) {
      out.append(raw.substr(at, length));
      at += length;
    } else {
      out += replacement;
      ++at;
    }
  }
}

void append_json_escaped(std::string_view text, std::string& out) {
  constexpr char hex[] = "0123456789abcdef";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = plain_run(plain, text, at);
    out.append(text.substr(at, end - at));
    at = end;
    if (at >= text.size()) return;
    const char c = text[at++];
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 15];
    }
  }
}

}  // namespace omnistream::actors
