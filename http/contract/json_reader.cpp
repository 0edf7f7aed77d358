#include "http/contract/json_reader.hpp"

#include <array>

namespace omnistream::http::contract {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// What ends the plain part of a string: quote, backslash, control characters.
constexpr std::array<bool, 256> special = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table[static_cast<unsigned char>('"')] = true;
  table[static_cast<unsigned char>('\\')] = true;
  return table;
}();

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

}  // namespace

void json_reader::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

json_reader::kind json_reader::peek() {
  if (failed_) return kind::fault;
  skip_space();
  if (at_ == text_.size()) return fail(), kind::fault;
  switch (text_[at_]) {
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
      if (text_[at_] == '-' || is_digit(text_[at_])) return kind::number;
      return fail(), kind::fault;
  }
}

void json_reader::begin(char opening) {
  skip_space();
  if (failed_ || at_ == text_.size() || text_[at_] != opening) return fail();
  if (depth_ == depth_max) {
    too_deep_ = true;
    return fail();
  }
  ++at_;
  ++depth_;
  first_ = true;
}

bool json_reader::next(char closing) {
  if (failed_) return false;
  skip_space();
  if (at_ == text_.size()) return fail(), false;
  if (text_[at_] == closing) {
    ++at_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (text_[at_] != ',') return fail(), false;
    ++at_;
  }
  first_ = false;
  return true;
}

bool json_reader::next_member(std::string_view& key) {
  if (!next('}')) return false;
  skip_space();
  key = take_string();
  skip_space();
  if (failed_ || at_ == text_.size() || text_[at_] != ':') return fail(), false;
  ++at_;
  return true;
}

std::string_view json_reader::take_string() {
  if (failed_ || at_ == text_.size() || text_[at_] != '"') return fail(), std::string_view{};
  const auto from = ++at_;
  while (at_ < text_.size() && !special[static_cast<unsigned char>(text_[at_])]) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return text_.substr(from, at_++ - from);
  has_zero_ = false;
  if (!decode_rest(from)) return fail(), std::string_view{};
  if (has_zero_ && on_zero_) on_zero_();
  return decoded_;
}

/// The slow way, for a string with escapes: it is copied piece by piece.
bool json_reader::decode_rest(std::size_t from) {
  decoded_.clear();
  while (at_ < text_.size()) {
    if (!special[static_cast<unsigned char>(text_[at_])]) {
      ++at_;
      continue;
    }
    decoded_.append(text_.substr(from, at_ - from));
    if (text_[at_] == '"') return ++at_, true;
    if (text_[at_] != '\\' || !decode_escape()) return false;
    from = at_;
  }
  return false;
}

bool json_reader::decode_escape() {
  static constexpr std::string_view letters = "\"\\/bfnrt";
  static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (++at_ == text_.size()) return false;
  if (text_[at_] == 'u') return ++at_, decode_unicode();
  const auto which = letters.find(text_[at_]);
  if (which == std::string_view::npos) return false;
  decoded_ += meanings[which];
  ++at_;
  return true;
}

bool json_reader::decode_unicode() {
  std::uint32_t unit = 0;
  if (!take_hex(unit) || (unit >= 0xDC00 && unit <= 0xDFFF)) return false;
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    std::uint32_t low = 0;
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    if (!take_hex(low) || low < 0xDC00 || low > 0xDFFF) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  has_zero_ = has_zero_ || unit == 0;
  append_utf8(decoded_, unit);
  return true;
}

bool json_reader::take_hex(std::uint32_t& unit) {
  if (text_.size() - at_ < 4) return false;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = text_[at_];
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      unit = unit * 16 + static_cast<std::uint32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = unit * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

std::string_view json_reader::take_number() {
  const auto from = at_;
  const auto digits = [this] {
    const auto start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ - start;
  };
  const auto have = [this](char c) { return at_ < text_.size() && text_[at_] == c; };
  if (have('-')) ++at_;
  const bool zero = have('0');
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return fail(), std::string_view{};
  if (have('.')) {
    ++at_;
    if (digits() == 0) return fail(), std::string_view{};
  }
  if (have('e') || have('E')) {
    ++at_;
    if (have('+') || have('-')) ++at_;
    if (digits() == 0) return fail(), std::string_view{};
  }
  return text_.substr(from, at_ - from);
}

bool json_reader::take_boolean() {
  if (at_ < text_.size() && text_[at_] == 't') return take_word("true"), true;
  return take_word("false"), false;
}

void json_reader::take_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail();
  at_ += word.size();
}

std::string_view json_reader::skip() {
  const auto what = peek();
  const auto from = at_;
  std::string_view key;
  switch (what) {
    case kind::object:
      begin_object();
      while (next_member(key)) skip();
      break;
    case kind::array:
      begin_array();
      while (next_element()) skip();
      break;
    case kind::string:
      take_string();
      break;
    case kind::number:
      take_number();
      break;
    case kind::boolean:
      take_boolean();
      break;
    case kind::null:
      take_null();
      break;
    case kind::fault:
      break;
  }
  return failed_ ? std::string_view{} : text_.substr(from, at_ - from);
}

bool json_reader::finished() {
  if (failed_) return false;
  skip_space();
  if (at_ != text_.size()) fail();
  return !failed_;
}

std::string_view json_reader::describe(kind of) {
  switch (of) {
    case kind::object:
      return "an object";
    case kind::array:
      return "an array";
    case kind::string:
      return "a string";
    case kind::number:
      return "a number";
    case kind::boolean:
      return "a boolean";
    case kind::null:
      return "null";
    case kind::fault:
      break;
  }
  return "nothing";
}

}  // namespace omnistream::http::contract
