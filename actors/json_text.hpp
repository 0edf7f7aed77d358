#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace omnistream::actors {

/// Walks JSON text from left to right without building a document, for the two places where
/// messages pass by the ten thousand: recipients' variables and status webhooks. Everything else
/// uses nlohmann::json.
///
/// The first fault (syntax, nesting, wrong use) makes the cursor failed: every later read is false
/// or empty, so callers check once at the end. The text must outlive the cursor. Never throws but
/// for lack of memory.
class json_cursor {
 public:
  static constexpr std::size_t depth_max = 64;

  enum class kind : std::uint8_t { object, array, string, number, boolean, null, none };

  explicit json_cursor(std::string_view text) : text_(text) {}

  /// What stands at the cursor; none at the end, after a fault, or where no value can begin.
  kind peek();

  /// Enters the object or array at the cursor; false (without a fault) if something else stands
  /// there.
  bool enter_object() { return enter('{'); }
  bool enter_array() { return enter('['); }
  /// Within an object: moves to the next member's value, `key` being the raw text between its
  /// quotes (escapes as they stand); false after the last one, which leaves the object.
  bool next_member(std::string_view& key);
  /// Within an array: moves to the next element; false after the last one, which leaves the array.
  bool next_element();

  /// Moves past the value at the cursor, of any kind, and returns its text.
  std::string_view take_value();
  /// The string at the cursor, decoded by decode_json_string(); anything else is skipped and gives
  /// false.
  bool take_string(std::string& out);

  bool failed() const { return failed_; }
  /// Nothing but white space is left, and no fault was found.
  bool finished();

 private:
  bool enter(char open);
  bool next(char close);
  void skip_space();
  bool skip_string();
  bool skip_scalar();
  bool skip_number();
  bool skip_word(std::string_view word);
  bool skip_nested();
  bool fail();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool first_ = false;  ///< no member or element of the innermost container was read yet
  bool failed_ = false;
};

/// Appends the text that stands between the quotes of a JSON string. The result is always valid
/// UTF-8 that PostgreSQL takes: NUL, lone surrogates and malformed bytes become U+FFFD.
void decode_json_string(std::string_view raw, std::string& out);

/// Appends `text` as it must stand between the quotes of a JSON string. `text` must be valid UTF-8.
void append_json_escaped(std::string_view text, std::string& out);

}  // namespace omnistream::actors
