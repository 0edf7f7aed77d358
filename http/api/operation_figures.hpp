#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string>

#include "config/base/metrics.hpp"

namespace omnistream::http::api {

/// How often an operation was answered with which status, and how long it took. Each series is
/// looked up once, so counting costs no lock and no map. Any thread.
class operation_figures {
 public:
  using clock = std::chrono::steady_clock;

  explicit operation_figures(std::string operation);
  /// An answer that was given before there was anything to measure.
  void count(int status);
  void note(int status, clock::duration took);

 private:
  static constexpr int status_first = 100;
  static constexpr std::size_t statuses = 500;

  metrics::counter& counter_for(int status) const;

  const std::string operation_;
  metrics::histogram& seconds_;
  std::array<std::atomic<metrics::counter*>, statuses> by_status_{};  ///< null: not met yet
};

}  // namespace omnistream::http::api
