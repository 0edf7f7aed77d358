#pragma once

#include <string_view>

namespace omnistream::http::server {

/// Something of the server's own that an operator should see: one line, at level warning.
void log_server_event(std::string_view what, std::string_view detail);

/// Something a client did (broke a limit, went away): one line, at level debug, so that clients
/// cannot fill the log.
void log_client_event(std::string_view detail);

}  // namespace omnistream::http::server
