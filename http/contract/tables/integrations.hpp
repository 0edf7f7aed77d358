#pragma once

#include <optional>
#include <string>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"
#include "http/contract/tables/integration_accounts.hpp"

/// The integrations by channel: each channel's default account, for callers with one account to a
/// channel.
namespace omnistream::http::contract {

struct integration_set {
  std::optional<bool> is_active;
  std::optional<account_config> config;
  patch<uuid> division_id;
};
const table<integration_set>& table_for(const integration_set*);

shape_ptr integration_shape();

/// The config field that names an account of a channel, where its key does not come from elsewhere.
std::string key_field_of(const std::string& channel);

}  // namespace omnistream::http::contract
