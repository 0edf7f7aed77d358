#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace omnistream::http::contract {

/// Appends `text`, which must be UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, std::int64_t value);
/// `null` for what JSON has no number for (infinite, not a number).
void append_json_number(std::string& out, double value);

}  // namespace omnistream::http::contract
