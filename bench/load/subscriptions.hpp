#pragma once

#include <cstdint>
#include <string>

#include "bench/load/figures.hpp"
#include "bench/load/subscriber_program.hpp"
#include "bench/load/test_bed.hpp"

namespace omnistream::load {

/// Settings of a server whose subscribers are on this machine.
server_program::settings outgoing_settings();

struct subscription {
  std::string url;
  std::string event_type;
  int batch_max = 1;
};

/// Makes a subscription through a tenant's API, signed with our secret; its id.
std::string subscribe(api_client& tenant, const subscription& wanted);
/// What it takes at once from now on: 1 is one event per request.
void take_batches(api_client& tenant, const std::string& id, int batch_max);

/// The path of the n-th subscription that takes its deliveries at once.
std::string hook(int n);

/// Throws std::runtime_error unless that path of a subscriber's stats got so many events, each told
/// once and in its order.
void check_arrived(const figures& stats, const std::string& path, std::int64_t events);

/// Processor seconds so far, the subscriber's told apart.
struct outgoing_cpu {
  cpu_reading bed{};
  double subscriber = 0;
};
outgoing_cpu read_cpu(const test_bed& bed, const subscriber_program& subscriber);

/// Processor microseconds per event of each part between two readings.
figures cpu_per_event(const outgoing_cpu& before, const outgoing_cpu& after, double events);

/// The peak of the server's resident memory since forget_memory_peak().
double memory_peak_mb(test_bed& bed);

}  // namespace omnistream::load
