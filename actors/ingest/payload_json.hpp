#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/base/time.hpp"

/// What the readers of webhooks share. None of it throws on any input.
namespace omnistream::actors {

/// Seconds since 1970 in digits; nothing unless they lie between then and the end of year 9999.
std::optional<timestamp> time_of_seconds(std::string_view digits);
/// The same in milliseconds.
std::optional<timestamp> time_of_milliseconds(std::string_view digits);

/// A member that is a string, as text without NUL, or an integer, as its digits: Meta uses both for
/// ids and times. Empty if it is neither, or if `object` is no object.
std::string text_or_number(const nlohmann::json& object, const char* name);

/// Whether an id of Meta's can be one: longer ones find no place in an index.
bool is_id(std::string_view text);
inline constexpr std::size_t id_bytes_max = 512;

/// A member that is an object, or a null.
const nlohmann::json& object_at(const nlohmann::json& object, const char* name);

/// Text that PostgreSQL takes: U+FFFD stands for NUL.
std::string without_nul(std::string text);

/// The document in `text`, whose nesting must be bounded already (json_cursor has walked it); null
/// if it is none. U+FFFD stands for half a surrogate pair.
nlohmann::json document(std::string_view text);

/// JSON that PostgreSQL takes as jsonb: valid UTF-8, and U+FFFD for the NUL that JSON may have.
std::string printed(const nlohmann::json& value);

}  // namespace omnistream::actors
