#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/graph_simulator/clock.hpp"

namespace graph_simulator {

/// What happens to accepted messages, in shares from 0 to 1. Failed is a share of all messages;
/// delivered a share of those that did not fail; read a share of those delivered.
struct status_options {
  std::uint64_t seed = 1;
  std::int64_t status_delay_ms = 100;  ///< from acceptance to sent, to delivered, to read, each
  double delivered_share = 1;
  double read_share = 1;
  double failed_share = 0;
  double duplicate_share = 0;  ///< of all statuses: posted a second time a little later
  int failed_code = 131026;    ///< what failed statuses name
  bool shuffle =
      false;  ///< statuses leave in disorder: read before delivered before sent is possible
};

struct simulator_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;               ///< 0: a free one
  std::optional<std::size_t> mps = 80;  ///< per phone number; empty: unlimited
  bool pair_limit = true;
  bool service_window =
      true;           ///< messages other than templates fail (131047) unless the user wrote in 24 h
  std::string token;  ///< empty: any bearer token is taken
  std::string webhook_url;  ///< empty: no webhooks
  std::string app_secret;
  std::string waba_id = "100000000000001";  ///< of numbers that were not bound to another WABA
  std::int64_t latency_ms = 0;              ///< of every Graph answer
  std::int64_t review_delay_ms = 300;       ///< from a template's creation to its verdict
  std::size_t webhook_batch_max = 1000;     ///< changes per POST
  std::int64_t webhook_linger_ms = 20;      ///< how long a change waits for company
  std::int64_t webhook_timeout_ms = 10'000;
  std::size_t webhook_connections = 8;
  status_options statuses;
};

/// Reads the command line. Nothing when the program should end with `exit_code` (after --help or a
/// wrong flag, which is explained on stderr).
std::optional<simulator_options> read_options(int argc, const char* const* argv, int& exit_code);

}  // namespace graph_simulator
