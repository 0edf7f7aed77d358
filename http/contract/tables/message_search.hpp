#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// Message search, of the messages chapter of the contract.
namespace omnistream::http::contract {

struct message_search {
  std::string q;
  std::optional<uuid> conversation_id;
  std::optional<std::string> channel;
  std::optional<std::string> direction;
  std::optional<timestamp> from;
  std::optional<timestamp> to;
  std::int64_t page;
  std::int64_t per_page;
};
const table<message_search>& table_for(const message_search*);

shape_ptr found_messages_shape();

}  // namespace omnistream::http::contract
