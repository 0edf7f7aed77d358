#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace omnistream::http::contract {

/// Reads JSON text value by value, straight into typed members: no document is built, which is what
/// makes a body of 50,000 recipients cheap. Strict RFC 8259; the text must be valid UTF-8 (checked
/// by the caller once). No exceptions.
///
/// After a fault the reader is failed: reads return nothing, loops end, and the caller asks once.
/// Positions: a value is read by exactly one of the calls below, chosen by peek().
class json_reader {
 public:
  static constexpr int depth_max = 32;

  enum class kind : std::uint8_t { object, array, string, number, boolean, null, fault };

  /// `on_zero` is called whenever a string or a key with `\u0000` was passed, also by skip():
  /// lawful JSON, but no text that a database or Meta takes.
  explicit json_reader(std::string_view text, std::function<void()> on_zero = nullptr)
      : text_(text), on_zero_(std::move(on_zero)) {}

  kind peek();

  void begin_object() { begin('{'); }
  /// Moves to the next member; false after the last one. `key` is decoded and lives until the next
  /// read.
  bool next_member(std::string_view& key);
  void begin_array() { begin('['); }
  bool next_element() { return next(']'); }

  /// Decoded; lives until the next read.
  std::string_view take_string();
  /// As written: `-1`, `2.5e3`; well-formed.
  std::string_view take_number();
  bool take_boolean();
  void take_null() { take_word("null"); }
  /// Moves past a value of any kind; returns its text.
  std::string_view skip();

  /// True when the whole text was one well-formed value, which has been read.
  bool finished();
  bool failed() const { return failed_; }
  bool too_deep() const { return too_deep_; }
  /// Byte offset of the fault.
  std::size_t position() const { return at_; }

  static std::string_view describe(kind of);

 private:
  void skip_space();
  void begin(char opening);
  bool next(char closing);
  void take_word(std::string_view word);
  bool decode_rest(std::size_t from);
  bool decode_escape();
  bool decode_unicode();
  bool take_hex(std::uint32_t& unit);
  void fail() { failed_ = true; }

  std::string_view text_;
  std::function<void()> on_zero_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool first_ = false;  ///< nothing was read yet in the innermost object or array
  bool failed_ = false;
  bool too_deep_ = false;
  bool has_zero_ = false;  ///< the string being decoded
  std::string decoded_;
};

}  // namespace omnistream::http::contract
