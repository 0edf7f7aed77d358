#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "bench/graph_simulator/errors.hpp"

namespace graph_simulator {

/// Strict reading of JSON objects, with Meta's words for what is wrong. `where` names the object
/// for a person.

/// Nothing but `allowed` keys may be in `object`, which must be one.
verdict check_keys(const nlohmann::json& object, std::initializer_list<std::string_view> allowed,
                   std::string_view where);
/// A key that must be there with a non-empty string; 131008 if it is missing, 100 if it is
/// something else.
verdict check_text(const nlohmann::json& object, const char* key, std::string_view where,
                   std::size_t characters_max);
/// The same for a key that may be missing.
verdict check_optional_text(const nlohmann::json& object, const char* key, std::string_view where,
                            std::size_t characters_max);
/// A media object: exactly one of `id` and `link`, the link http(s), and nothing else but `extra`
/// texts.
verdict check_media(const nlohmann::json& media, std::initializer_list<std::string_view> extra,
                    std::string_view where);
/// The deepest nesting of brackets outside strings; cheap, to be asked before parsing.
std::size_t nesting_depth(std::string_view text);

}  // namespace graph_simulator
