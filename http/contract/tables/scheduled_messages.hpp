#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/base/time.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"
#include "http/contract/tables/outgoing_messages.hpp"

/// The scheduled messages chapter of the contract.
namespace omnistream::http::contract {

struct message_schedule {
  timestamp send_at;
  outgoing_message message;
};
const table<message_schedule>& table_for(const message_schedule*);

struct scheduled_messages_query {
  std::int64_t page;
  std::int64_t per_page;
  std::optional<std::string> status;
};
const table<scheduled_messages_query>& table_for(const scheduled_messages_query*);

shape_ptr scheduled_message_shape();

}  // namespace omnistream::http::contract
