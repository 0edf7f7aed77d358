#pragma once

#include <optional>
#include <string>

#include "http/api/exchange.hpp"

namespace omnistream::http::api {

/// Our own address as the caller knows it, for showing where webhooks go; nothing if the request
/// does not say or what it says is no host.
std::optional<std::string> own_url(const exchange_ptr& on);

}  // namespace omnistream::http::api
