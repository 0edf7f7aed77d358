#pragma once

#include <memory>

#include "actors/live/live_client.hpp"
#include "config/settings.hpp"
#include "http/api/exchange.hpp"

namespace omnistream::http::api {

/// Of the settings `live.*`, and as often as http.request_timeout_ms needs.
actors::live_options live_options_of(const config::settings& settings);

/// Asks the engine to tell this caller of live events; the request is answered with the stream of
/// them, or with the reason why not.
void stream_events(const exchange_ptr& on, std::string after);

}  // namespace omnistream::http::api
