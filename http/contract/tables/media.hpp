#pragma once

#include "http/contract/shape.hpp"

/// The media chapter of the contract.
namespace omnistream::http::contract {

shape_ptr media_shape();

}  // namespace omnistream::http::contract
