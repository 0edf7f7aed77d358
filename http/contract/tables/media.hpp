#pragma once

#include <cstdint>

#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The media chapter of the contract.
namespace omnistream::http::contract {

struct media_query {
  std::int64_t attachment;
};
const table<media_query>& table_for(const media_query*);

shape_ptr media_shape();

}  // namespace omnistream::http::contract
