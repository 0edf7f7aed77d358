#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/contract/field.hpp"

namespace omnistream::http::contract {

/// One broken rule: its stable code and the sentence for a person.
struct violation {
  std::string code;
  std::string message;
};

/// Checks what `spec` declares of a text: length in characters, enumeration, format, pattern. What
/// no text may hold is the reader's business.
std::optional<violation> check_text(const value_spec& spec, std::string_view text);
std::optional<violation> check_integer(const value_spec& spec, std::int64_t value);
std::optional<violation> check_number(const value_spec& spec, double value);
/// Number of items of an array, or of entries of a map.
std::optional<violation> check_count(const value_spec& spec, std::size_t count);

/// A text with U+0000, which neither PostgreSQL nor Meta takes.
violation zero_character();
violation wrong_type(const value_spec& wanted, std::string_view got);

/// `an integer`, `a UUID`: for messages.
std::string describe(const value_spec& spec);

/// The regular expression (ECMA 262) and an example of a pattern; both empty for none.
std::string_view regex_of(text_pattern pattern);
std::string_view example_of(text_pattern pattern);
/// JSON Schema's name of a format; empty for none.
std::string_view name_of(text_format format);

}  // namespace omnistream::http::contract
