#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "http/server/canned_answer.hpp"
#include "http/server/listener.hpp"
#include "http/server/server_log.hpp"

namespace omnistream::http::server {

/// The way of answers from any thread to the io thread. It outlives the server as long as somebody
/// holds a responder; after close() answers end here.
class answer_gate {
 public:
  /// Without an answer the request's connection is to be reset.
  using deliver_function =
      std::function<void(std::uint64_t request, std::optional<response> answer)>;
  explicit answer_gate(deliver_function deliver) : deliver_(std::move(deliver)) {}

  void pass(std::uint64_t request, std::optional<response> answer) {
    const std::lock_guard lock(mutex_);
    if (deliver_) deliver_(request, std::move(answer));
  }
  void close() {
    const std::lock_guard lock(mutex_);
    deliver_ = nullptr;
  }

 private:
  std::mutex mutex_;
  deliver_function deliver_;
};

/// One request's responder. The request itself stays with the server, on the io thread.
class gate_responder final : public responder {
 public:
  gate_responder(std::shared_ptr<answer_gate> gate, std::uint64_t request)
      : gate_(std::move(gate)), request_(request) {}
  ~gate_responder() override {
    if (!answered_.exchange(true))
      gate_->pass(request_, canned_problem(503, "unanswered",
                                           "The server could not finish this call; try again."));
  }

  void send(response answer) override {
    if (answered_.exchange(true)) {
      log_server_event("A request was answered twice; the second answer was dropped",
                       std::to_string(answer.status));
      return;
    }
    gate_->pass(request_, std::move(answer));
  }

  void abort() override {
    if (!answered_.exchange(true)) gate_->pass(request_, std::nullopt);
  }

 private:
  std::shared_ptr<answer_gate> gate_;
  std::uint64_t request_;
  std::atomic<bool> answered_{false};
};

}  // namespace omnistream::http::server
