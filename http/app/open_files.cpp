#include "http/app/open_files.hpp"

#include <algorithm>

#include <sys/resource.h>

#include "config/base/log.hpp"

namespace omnistream::http::app {
namespace {

/// Logs, pipes to the database's supervisor, event descriptors, files being read.
constexpr std::uint64_t files_of_its_own = 64;

}  // namespace

std::uint64_t open_files_needed(const config::settings& settings) {
  return files_of_its_own +
         static_cast<std::uint64_t>(settings.http_connections_max + settings.meta_connections_max +
                                    settings.outgoing_webhooks_requests_in_flight_max +
                                    settings.database_api_connections +
                                    settings.database_engine_connections);
}

void raise_open_files(const config::settings& settings) {
  const rlim_t needed = open_files_needed(settings);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed)
    log::warn("server",
              "the system allows fewer open files than http.connections_max, "
              "meta.connections_max and outgoing_webhooks.requests_in_flight_max may need; raise "
              "LimitNOFILE or lower these",
              {{"allowed", static_cast<std::int64_t>(limit.rlim_cur)},
               {"needed", static_cast<std::int64_t>(needed)}});
}

}  // namespace omnistream::http::app
