#pragma once

#include <optional>
#include <string>

#include "http/contract/credentials.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// Login, sessions, and how a tenant comes to be.
namespace omnistream::http::contract {

struct login_request {
  email_address email;
  secret password;
};
const table<login_request>& table_for(const login_request*);

struct registration {
  std::string tenant_name;
  std::string country;
  std::optional<std::string> name;
  email_address email;
  new_password password;
};
const table<registration>& table_for(const registration*);

shape_ptr session_token_shape();  ///< `{token, expires_at}`
shape_ptr session_shape();        ///< with the agent

}  // namespace omnistream::http::contract
