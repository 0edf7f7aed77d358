#pragma once

#include <array>
#include <cstdint>

#include "bench/graph_simulator/accepted_message.hpp"
#include "bench/graph_simulator/webhook_batch.hpp"
#include "bench/graph_simulator/webhook_queue.hpp"

namespace graph_simulator {

/// What became of the webhooks so far.
struct webhook_figures {
  webhook_counts webhooks;
  std::array<std::uint64_t, 4>
      statuses{};                ///< put into webhooks, by message_status; duplicates too
  std::uint64_t duplicates = 0;  ///< of these, statuses that were posted before
  std::uint64_t dropped = 0;     ///< messages that got no statuses because too many waited
  std::uint64_t pending = 0;     ///< statuses and changes not yet acknowledged; 0: all is told
};

/// Where what must be told by webhook goes. Any thread; never blocks for long.
class webhook_sink {
 public:
  virtual ~webhook_sink() = default;
  virtual void message_accepted(accepted_message message) = 0;
  virtual void tell(webhook_change change) = 0;
  virtual webhook_figures figures() const = 0;
  virtual void reset_counts() = 0;
};

/// For a simulator without a webhook URL.
class no_webhooks final : public webhook_sink {
 public:
  void message_accepted(accepted_message) override {}
  void tell(webhook_change) override {}
  webhook_figures figures() const override { return {}; }
  void reset_counts() override {}
};

}  // namespace graph_simulator
