#pragma once

#include <optional>
#include <string>

#include "config/base/uuid.hpp"
#include "http/contract/credentials.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// Agents: the people of a tenant who log in.
namespace omnistream::http::contract {

struct agent_create {
  email_address email;
  std::string name;
  new_password password;
  std::optional<std::string> role;
  std::optional<uuid> role_id;
  bool can_broadcast = false;
};
const table<agent_create>& table_for(const agent_create*);

struct agent_change {
  std::optional<email_address> email;
  std::optional<std::string> name;
  std::optional<new_password> password;
  std::optional<std::string> role;
  std::optional<uuid> role_id;
  std::optional<bool> can_broadcast;
  std::optional<bool> is_active;
};
const table<agent_change>& table_for(const agent_change*);

struct agent_status_change {
  std::string status;
};
const table<agent_status_change>& table_for(const agent_status_change*);

struct agents_query {
  std::int64_t page = 1;
  std::int64_t per_page = 20;
  std::optional<std::string> search;
  std::optional<std::string> role;
  std::optional<bool> is_active;
};
const table<agents_query>& table_for(const agents_query*);

shape_ptr agent_shape();
shape_ptr agent_profile_shape();  ///< of oneself: with permissions and the tenant

}  // namespace omnistream::http::contract
