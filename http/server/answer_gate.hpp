#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "http/server/canned_answer.hpp"
#include "http/server/gate.hpp"
#include "http/server/listener.hpp"
#include "http/server/server_log.hpp"

namespace omnistream::http::server {

/// A request's number and its answer. Without an answer its connection is to be reset.
using answer_gate = gate<std::uint64_t, std::optional<response>>;

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
