#pragma once

#include <string>

#include "config/base/result.hpp"
#include "storage/pool.hpp"

namespace omnistream::http::api {

struct bootstrap_request {
  std::string tenant;
  std::string email;
  std::string password;
  std::string country = "ID";  ///< ISO 3166-1
};

/// Makes a tenant, its admin, who may send campaigns, and an API key named `bootstrap`, all or
/// nothing: `{"tenant_id", "agent_id", "api_key"}`. The same rules as for registering; the
/// problem's detail is whole sentences in the words of the command line. Blocks; works beside a
/// running server.
result<std::string> bootstrap(storage::pool& on, const bootstrap_request& wanted);

}  // namespace omnistream::http::api
