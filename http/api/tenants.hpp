#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "http/contract/tables/auth.hpp"
#include "storage/session.hpp"

namespace omnistream::http::api {

/// A tenant with its first admin, ready to be stored.
struct new_tenant {
  uuid tenant_id;
  std::string name;
  std::string country;
  uuid agent_id;
  std::string agent_name;
  std::string email;
  std::string password_hash;
};

/// What was asked for, with new ids and the hash of its password.
new_tenant tenant_of(const contract::registration& wanted, std::string password_hash);

/// Stores it; the admin gets can_broadcast. In a transaction of the engine. 409 `email_taken` if
/// another agent has the email.
std::optional<problem> create_tenant(storage::session& in, const new_tenant& what);

/// 422 for a country that is none: one whose phone numbers nobody knows.
std::optional<problem> country_refused(const std::string& country);

/// Whether a statement failed because another agent has the email; and the 409 that says so.
bool is_email_conflict(const storage::database_error& why);
problem email_taken();

}  // namespace omnistream::http::api
