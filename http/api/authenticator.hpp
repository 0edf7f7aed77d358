#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/base/result.hpp"
#include "http/api/identity.hpp"
#include "http/api/services.hpp"
#include "http/contract/operation.hpp"
#include "http/server/listener.hpp"

namespace omnistream::http::api {

inline constexpr std::string_view session_cookie = "omnistream_session";

/// Finds out who calls: by X-API-Key, else by Authorization: Bearer, else by the session cookie.
/// `done` gets the identity or a 401; at once if it is remembered, else on a pool thread.
void authenticate(services& with, const server::request& from,
                  std::function<void(result<identity_ptr>)> done);

/// The token of `Authorization: Bearer`; empty if there is none.
std::string_view bearer_token(const server::request& from);

/// 401 if nothing came that could be anybody's: no key, and no token that was signed here. Asks
/// nobody, so that it can be said before a body is read.
std::optional<problem> no_credentials(const services& with, const server::request& from);

/// 403 if the caller may not do this operation.
std::optional<problem> forbidden_to(const identity& caller, const contract::operation& what);

/// What of an API key is stored.
std::string api_key_hash(std::string_view key);

}  // namespace omnistream::http::api
