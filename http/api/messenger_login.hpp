#pragma once

#include <optional>
#include <string>

#include "config/base/crypto.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// The user token of an agent's login, as it is kept until the agent has chosen pages: bound to
/// tenant and agent, so that it opens for nobody else.
std::string seal_user_token(const crypto::key256& key, const uuid& tenant, const uuid& agent,
                            const std::string& token);
/// Nothing if it is another's, or the key is another one.
std::optional<std::string> open_user_token(const crypto::key256& key, const uuid& tenant,
                                           const uuid& agent, const std::string& sealed);

}  // namespace omnistream::http::api
