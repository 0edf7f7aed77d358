#pragma once

#include <span>
#include <string_view>

namespace omnistream::http::api {

/// One right that a role can give.
struct permission {
  std::string_view code;
  std::string_view description;
};

/// Every right there is, by code. Operations and roles name no other.
std::span<const permission> permissions();

}  // namespace omnistream::http::api
