#pragma once

#include <cstdint>

#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The chat expiration chapter of the contract.
namespace omnistream::http::contract {

struct chat_expiration_set {
  bool is_enabled;
  std::int64_t expire_after_minutes;
};
const table<chat_expiration_set>& table_for(const chat_expiration_set*);

/// The `{channel}` of a path.
field_spec channel_parameter();

shape_ptr chat_expiration_shape();
shape_ptr conversations_expired_shape();

}  // namespace omnistream::http::contract
