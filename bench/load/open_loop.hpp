#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/api_client.hpp"
#include "bench/load/interruption.hpp"
#include "bench/load/latencies.hpp"

namespace omnistream::load {

/// When the requests of an even rate are due. Pure.
class even_schedule {
 public:
  even_schedule(steady::time_point start, double per_second)
      : start_(start), per_second_(per_second) {}
  /// The time of the n-th request, from 0: computed from the start, so that no error adds up.
  steady::time_point due(std::uint64_t n) const;

 private:
  steady::time_point start_;
  double per_second_;
};

/// A request and the kind of which its latency is kept.
struct planned_request {
  std::size_t kind = 0;
  http::client::http_request what;
};

/// What came of one kind of requests.
struct kind_figures {
  latencies times;                      ///< of answers 2xx, from the intended start
  std::map<int, std::uint64_t> others;  ///< other answers by status; 0: none
};

/// Offers requests at a fixed rate whatever the server does: a request that cannot be sent in time
/// because the server or the client is busy counts from when it should have been sent, so a stall
/// is seen by all requests that would have met it (coordinated omission is corrected).
class open_loop {
 public:
  using maker = std::function<planned_request(std::uint64_t n)>;  ///< cheap, on the loop's thread

  /// Begins at once, on a thread of its own, and ends by itself after `requests`.
  open_loop(api_client& to, double per_second, std::size_t kinds, maker make,
            std::uint64_t requests = UINT64_MAX);
  ~open_loop();
  open_loop(const open_loop&) = delete;
  open_loop& operator=(const open_loop&) = delete;

  /// Offers no more, waits for the answers under way and gives the figures by kind. Throws
  /// `interrupted`.
  std::vector<kind_figures> finish();
  /// Waits until all requests were offered, then finish().
  std::vector<kind_figures> run_to_end();

 private:
  void run();
  void offer(std::uint64_t n, steady::time_point due);

  api_client& to_;
  const even_schedule schedule_;
  const maker make_;
  const std::uint64_t requests_;
  std::mutex mutex_;
  std::vector<kind_figures> figures_;  ///< under mutex_
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> offered_all_ = false;
  std::atomic<std::uint64_t> under_way_ = 0;
  std::thread thread_;
};

}  // namespace omnistream::load
