#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace omnistream::actors {

/// A member that is a text; empty if it is none, or if `object` is no object.
inline std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace omnistream::actors
