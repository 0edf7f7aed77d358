#pragma once

#include <functional>
#include <memory>

#include "bench/graph_simulator/options.hpp"
#include "bench/graph_simulator/webhook_sink.hpp"

namespace graph_simulator {

/// Schedules statuses, batches and signs webhooks and posts them over kept-alive connections, on
/// its own thread.
class webhook_poster final : public webhook_sink {
 public:
  /// `clock` is asked from the poster's thread.
  webhook_poster(const simulator_options& options, start_time start,
                 std::function<instant()> clock);
  /// Ends the thread; what is not posted by then is forgotten.
  ~webhook_poster() override;

  void message_accepted(accepted_message message) override;
  void tell(webhook_change change) override;
  webhook_figures figures() const override;
  void reset_counts() override;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace graph_simulator
