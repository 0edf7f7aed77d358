#pragma once

#include <optional>
#include <string>

#include "config/base/time.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// Keys with which programs call in an agent's name.
namespace omnistream::http::contract {

struct api_key_create {
  std::string name;
  std::optional<timestamp> expires_at;
};
const table<api_key_create>& table_for(const api_key_create*);

shape_ptr api_key_shape();
shape_ptr api_key_created_shape();  ///< the only answer that holds the key itself

}  // namespace omnistream::http::contract
