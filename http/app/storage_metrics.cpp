#include "http/app/storage_metrics.hpp"

namespace omnistream::http::app {
namespace {

void show(const storage::pool& pool) {
  const auto now = pool.statistics();
  const auto gauge = [](const char* name, const char* help, const metrics::labels& by,
                        double value) { metrics::gauge_of(name, help, by).set(value); };
  for (const auto& one : now.statements) {
    gauge("omnistream_storage_statement_seconds_sum", "Time spent in a statement.",
          {{"statement", one.name}}, one.total_seconds);
    gauge("omnistream_storage_statement_seconds_count", "How often a statement ran.",
          {{"statement", one.name}}, static_cast<double>(one.count));
    gauge("omnistream_storage_statement_seconds_max", "The longest run of a statement.",
          {{"statement", one.name}}, one.max_seconds);
  }
  gauge("omnistream_storage_waiting_jobs", "Jobs that wait for a connection.", {{"role", "api"}},
        static_cast<double>(now.api_waiting));
  gauge("omnistream_storage_waiting_jobs", "Jobs that wait for a connection.", {{"role", "engine"}},
        static_cast<double>(now.engine_waiting));
  gauge("omnistream_storage_connections", "Connections that stand.", {{"role", "api"}},
        static_cast<double>(now.api_connected));
  gauge("omnistream_storage_connections", "Connections that stand.", {{"role", "engine"}},
        static_cast<double>(now.engine_connected));
}

}  // namespace

storage_metrics::storage_metrics(const storage::pool& pool) : collector_([&pool] { show(pool); }) {}

}  // namespace omnistream::http::app
