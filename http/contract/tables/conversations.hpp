#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The conversations chapter of the contract, with their messages and transfers.
namespace omnistream::http::contract {

inline constexpr std::size_t conversations_bulk_max = 100;

struct conversations_query {
  std::int64_t page;
  std::int64_t per_page;
  std::optional<std::string> status;
  std::optional<std::string> channel;
  std::optional<std::string> assigned;  ///< me or none
  std::optional<uuid> assigned_agent_id;
  std::optional<uuid> division_id;
  std::optional<std::string> tag;
  std::optional<uuid> contact_id;
};
const table<conversations_query>& table_for(const conversations_query*);

struct messages_query {
  std::int64_t page;
  std::int64_t per_page;
  std::string order;
};
const table<messages_query>& table_for(const messages_query*);

struct conversation_assign {
  patch<uuid> agent_id;
};
const table<conversation_assign>& table_for(const conversation_assign*);

struct conversation_set_status {
  std::string status;
};
const table<conversation_set_status>& table_for(const conversation_set_status*);

struct conversation_tags {
  std::vector<std::string> tags;
};
const table<conversation_tags>& table_for(const conversation_tags*);

struct conversation_transfer_to {
  std::optional<uuid> to_agent_id;
  std::optional<uuid> to_division_id;
  std::optional<std::string> note;
};
const table<conversation_transfer_to>& table_for(const conversation_transfer_to*);

struct conversation_typing {
  bool is_typing = false;
};
const table<conversation_typing>& table_for(const conversation_typing*);

struct conversations_bulk {
  std::vector<uuid> ids;
  std::string action;
  patch<uuid> agent_id;
  std::optional<std::string> status;
  std::optional<std::vector<std::string>> tags;
};
const table<conversations_bulk>& table_for(const conversations_bulk*);

shape_ptr conversation_shape();
shape_ptr conversation_message_shape();
shape_ptr conversation_transferred_shape();
shape_ptr transfer_shape();
shape_ptr conversations_bulk_shape();

}  // namespace omnistream::http::contract
