#include "http/api/operation_figures.hpp"

#include <algorithm>
#include <utility>

namespace omnistream::http::api {

operation_figures::operation_figures(std::string operation)
    : operation_(std::move(operation)),
      seconds_(metrics::seconds_of("omnistream_http_request_seconds",
                                   "Time from a request's arrival to its answer.",
                                   {{"operation", operation_}})) {}

metrics::counter& operation_figures::counter_for(int status) const {
  return metrics::counter_of("omnistream_http_requests_total", "Requests by operation and status.",
                             {{"operation", operation_}, {"status", std::to_string(status)}});
}

void operation_figures::count(int status) {
  const auto at =
      std::clamp<std::size_t>(static_cast<std::size_t>(status - status_first), 0, statuses - 1);
  auto* known = by_status_[at].load(std::memory_order_acquire);
  if (known == nullptr) {
    known = &counter_for(status);
    by_status_[at].store(known, std::memory_order_release);
  }
  known->add();
}

void operation_figures::note(int status, clock::duration took) {
  count(status);
  seconds_.observe(std::chrono::duration<double>(took).count());
}

}  // namespace omnistream::http::api
