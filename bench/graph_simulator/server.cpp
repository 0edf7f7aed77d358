#include "bench/graph_simulator/server.hpp"

#include <utility>

#include "bench/graph_simulator/webhook_poster.hpp"

namespace graph_simulator {
namespace {

std::unique_ptr<webhook_sink> make_sink(const simulator_options& options, start_time start,
                                        std::function<instant()> clock) {
  if (options.webhook_url.empty()) return std::make_unique<no_webhooks>();
  return std::make_unique<webhook_poster>(options, start, std::move(clock));
}

start_time wall_time() {
  return std::chrono::duration_cast<start_time>(
      std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

server::server(const simulator_options& options)
    : start_(wall_time()),
      sink_(make_sink(options, start_, [this] { return now(); })),
      simulator_(options, start_, *sink_),
      delays_([this] { return now(); },
              [this] {
                const std::lock_guard lock(mutex_);
                simulator_.pass_time(now());
              }) {
  omnistream::http::server::listener_options listening;
  listening.address = options.address;
  listening.port = options.port;
  // A latency fault may hold an answer back for ten minutes.
  listening.request_timeout_ms = 3'700'000;
  listener_ = std::make_unique<omnistream::http::server::listener>(
      std::move(listening),
      [this](request http, std::shared_ptr<omnistream::http::server::responder> answerer) {
        serve(std::move(http), std::move(answerer));
      });
}

server::~server() {
  stop();
}

void server::stop() {
  listener_->stop();
}

instant server::now() const {
  return std::chrono::duration_cast<instant>(std::chrono::steady_clock::now() - began_);
}

std::string server::stats() {
  const std::lock_guard lock(mutex_);
  return simulator_.stats().dump();
}

void server::serve(request http, std::shared_ptr<omnistream::http::server::responder> answerer) {
  reply result;
  {
    // The clock is read under the lock: the simulator's time never goes back.
    const std::lock_guard lock(mutex_);
    result = simulator_.handle(http, now());
  }
  auto finish = [answer = std::move(result.answer), abort = result.abort, answerer]() mutable {
    if (abort) return answerer->abort();
    answerer->send(std::move(answer));
  };
  if (result.delay_ms <= 0) return finish();
  delays_.add(now() + std::chrono::milliseconds(result.delay_ms), std::move(finish));
}

}  // namespace graph_simulator
