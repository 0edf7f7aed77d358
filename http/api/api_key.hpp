#pragma once

#include <optional>
#include <string>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

namespace omnistream::http::api {

/// `osk_` and 43 characters that are good in URLs and headers: 256 random bits.
std::string make_api_key();

struct new_api_key {
  uuid id;
  uuid tenant_id;
  uuid agent_id;
  std::string name;
  std::string key;
  std::optional<timestamp> expires_at;
};
/// Stores the hash of a key; returns what the API shows of it, as JSON, with the key itself.
std::string store_api_key(storage::session& in, const new_api_key& what);

}  // namespace omnistream::http::api
