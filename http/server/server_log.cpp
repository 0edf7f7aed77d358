#include "http/server/server_log.hpp"

#include <spdlog/spdlog.h>

namespace omnistream::http::server {

void log_server_event(std::string_view what, std::string_view detail) {
  spdlog::warn("http: {}: {}", what, detail);
}

void log_client_event(std::string_view detail) {
  spdlog::debug("http: {}", detail);
}

}  // namespace omnistream::http::server
