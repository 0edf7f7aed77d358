#pragma once

#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/graph_simulator/simulator.hpp"
#include "tests/simulator/messages.hpp"

namespace graph_simulator {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::order_update;
using testing::text_message;

/// Keeps what would be told by webhook.
class kept_webhooks final : public webhook_sink {
 public:
  void message_accepted(accepted_message message) override {
    messages.push_back(std::move(message));
  }
  void tell(webhook_change change) override { changes.push_back(std::move(change)); }
  webhook_figures figures() const override { return {}; }
  void reset_counts() override {}
  std::vector<accepted_message> messages;
  std::vector<webhook_change> changes;
};

class graph : public ::testing::Test {
 protected:
  static simulator_options default_options() {
    simulator_options options;
    options.mps = std::nullopt;
    return options;
  }
  explicit graph(simulator_options options = default_options())
      : simulator_(std::move(options), start_time(1'700'000'000s), sink_) {}

  struct outcome {
    int status;
    json body;
    reply full;
    int code() const {
      return body.is_object() && body.contains("error") ? body["error"].value("code", -1) : 0;
    }
  };
  outcome call(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& token = "Bearer t") {
    request http;
    http.method = method;
    const auto question = target.find('?');
    http.path = target.substr(0, question);
    if (question != std::string::npos) http.query = target.substr(question + 1);
    http.body = body;
    http.headers = {{"Host", "graph.test"}};
    if (!token.empty()) http.headers.emplace_back("Authorization", token);
    auto full = simulator_.handle(http, now_);
    return {full.answer.status, json::parse(full.answer.body, nullptr, false), full};
  }
  outcome send(const json& body, const std::string& number = "111") {
    return call("POST", "/v23.0/" + number + "/messages", body.dump());
  }
  json stats() { return call("GET", "/_sim/stats").body; }

  kept_webhooks sink_;
  simulator simulator_;
  instant now_ = 1s;
};

}  // namespace graph_simulator
