#include "bench/load/subscriptions.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/load/broadcast.hpp"
#include "bench/load/proc_stat.hpp"

namespace omnistream::load {
namespace {

constexpr double us_per_s = 1e6;
constexpr double kib_per_mb = 1024;
/// How long a batch waits for company.
constexpr int batch_wait_ms = 100;

int wait_of(int batch_max) {
  return batch_max > 1 ? batch_wait_ms : 0;
}

}  // namespace

server_program::settings outgoing_settings() {
  return {{"OMNISTREAM_OUTGOING_WEBHOOKS_ALLOW_HTTP", "true"},
          {"OMNISTREAM_OUTGOING_WEBHOOKS_ALLOWED_NETWORKS", "127.0.0.0/8"}};
}

std::string subscribe(api_client& tenant, const subscription& wanted) {
  return tenant
      .must("POST", "/api/outgoing-webhooks",
            {{"url", wanted.url},
             {"event_types", {wanted.event_type}},
             {"batch_max", wanted.batch_max},
             {"batch_wait_ms", wait_of(wanted.batch_max)},
             {"secret", delivery_secret}})
      .value("id", "");
}

void take_batches(api_client& tenant, const std::string& id, int batch_max) {
  tenant.must("PATCH", "/api/outgoing-webhooks/" + id,
              {{"batch_max", batch_max}, {"batch_wait_ms", wait_of(batch_max)}});
}

std::string hook(int n) {
  return "/hook/" + std::to_string(n);
}

void check_arrived(const figures& stats, const std::string& path, std::int64_t events) {
  const auto& paths = stats.at("paths");
  const auto got = paths.value(path, figures::object());
  if (got.value("events", std::int64_t{0}) == events && got.value("told_twice", 0) == 0 &&
      got.value("out_of_order", 0) == 0)
    return;
  throw std::runtime_error("the check of this figure failed: of " + std::to_string(events) +
                           " events " + path + " got " + got.dump());
}

outgoing_cpu read_cpu(const test_bed& bed, const subscriber_program& subscriber) {
  return {bed.cpu(), subscriber.cpu_seconds()};
}

figures cpu_per_event(const outgoing_cpu& before, const outgoing_cpu& after, double events) {
  const auto all = cpu_per_message(before.bed, after.bed, events);
  const auto subscriber = (after.subscriber - before.subscriber) / events * us_per_s;
  return {{"server_us", all.at("server_us")},
          {"database_us", all.at("database_us")},
          {"subscriber_us", subscriber},
          {"simulator_us", all.at("simulator_us")},
          {"load_tool_us", all.at("load_tool_us")},
          {"rest_us", std::max(0.0, all.value("rest_us", 0.0) - subscriber)}};
}

double memory_peak_mb(test_bed& bed) {
  return static_cast<double>(memory_kib(bed.server().pid(), "VmHWM")) / kib_per_mb;
}

}  // namespace omnistream::load
