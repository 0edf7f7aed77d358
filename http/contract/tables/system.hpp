#pragma once

#include "http/contract/shape.hpp"

namespace omnistream::http::contract {

shape_ptr health_shape();
shape_ptr ready_shape();
shape_ptr document_shape();  ///< the OpenAPI document itself: any object

}  // namespace omnistream::http::contract
