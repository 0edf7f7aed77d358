#include "http/server/server_log.hpp"

#include "config/base/log.hpp"

namespace omnistream::http::server {

void log_server_event(std::string_view what, std::string_view detail) {
  log::warn("http", what, {{"detail", detail}});
}

void log_client_event(std::string_view detail) {
  log::debug("http", "A connection ended early", {{"detail", detail}});
}

}  // namespace omnistream::http::server
