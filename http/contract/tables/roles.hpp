#pragma once

#include "http/contract/shape.hpp"

/// Roles and what they allow.
namespace omnistream::http::contract {

shape_ptr role_shape();
shape_ptr permission_shape();

}  // namespace omnistream::http::contract
