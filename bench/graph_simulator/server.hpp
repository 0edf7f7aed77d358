#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "bench/graph_simulator/delayed_answers.hpp"
#include "bench/graph_simulator/options.hpp"
#include "bench/graph_simulator/simulator.hpp"
#include "bench/graph_simulator/webhook_sink.hpp"
#include "http/server/listener.hpp"

namespace graph_simulator {

/// The simulator on a socket: real clocks, the HTTP listener, delays and the webhook poster.
class server {
 public:
  /// Throws std::runtime_error with a sentence for a person if the address cannot be had.
  explicit server(const simulator_options& options);
  ~server();
  std::uint16_t port() const { return listener_->port(); }
  /// Ends the connections and joins the io thread; the statistics stay readable.
  void stop();
  /// `GET /_sim/stats` as text.
  std::string stats();

 private:
  instant now() const;
  void serve(request http, std::shared_ptr<omnistream::http::server::responder> answerer);

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const start_time start_;
  std::unique_ptr<webhook_sink> sink_;
  std::mutex
      mutex_;  ///< guards simulator_: the io thread uses it, and the timer thread now and then
  simulator simulator_;
  delayed_answers delays_;
  std::unique_ptr<omnistream::http::server::listener> listener_;
};

}  // namespace graph_simulator
