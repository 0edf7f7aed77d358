#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "actors/live/live_events.hpp"
#include "actors/live/live_store.hpp"
#include "config/base/result.hpp"

namespace omnistream::actors {

/// Bounds and times of live events.
struct live_options {
  std::size_t streams_max = 1'000;
  std::size_t streams_per_agent_max = 10;
  std::size_t buffer_bytes_max = 4 << 20;  ///< of one stream; at most half is told at once
  std::chrono::seconds kept{900};          ///< for whoever comes back
  /// Between two reads of a tenant's events: what comes meanwhile is told together.
  std::chrono::milliseconds read_pause{20};
  std::chrono::milliseconds beat_every{15'000};
  std::chrono::milliseconds check_every{5'000};  ///< of the rights of all who are told
  std::chrono::milliseconds progress_every{1'000};
  std::chrono::milliseconds forget_every{30'000};
};

/// Who wants to be told.
struct live_caller {
  uuid tenant;
  uuid agent;
  live_credential by;
};

/// One open stream, as the hub sees it. Called by the hub alone: accept or refuse once, then write.
class live_client {
 public:
  virtual ~live_client() = default;
  virtual void refuse(const problem& why) = 0;
  virtual void accept() = 0;
  /// Text of an event stream. Never waits; what goes nowhere is dropped.
  virtual void write(live_text text) = 0;
  virtual void end() = 0;
};
using live_client_ptr = std::shared_ptr<live_client>;

}  // namespace omnistream::actors
