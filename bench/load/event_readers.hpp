#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/load/interruption.hpp"
#include "bench/load/latencies.hpp"

namespace omnistream::load {

/// What a message carries in its text, so that whoever is told of it knows how long that took.
std::string time_mark(steady::time_point at);

/// The times of the marks in a stream of bytes that comes in pieces. Pure.
class mark_finder {
 public:
  /// The marks that are whole now.
  std::vector<steady::time_point> take(std::string_view piece);

 private:
  std::string rest_;  ///< the beginning of a mark, perhaps
};

/// Clients of GET /api/events, all on one thread, that note when marked messages come.
class event_readers {
 public:
  /// Connects them. Throws std::runtime_error if one is not answered 200.
  event_readers(std::uint16_t port, const std::string& api_key, int streams);
  ~event_readers();
  event_readers(const event_readers&) = delete;
  event_readers& operator=(const event_readers&) = delete;

  std::uint64_t events() const { return events_; }  ///< of all streams together
  int open() const { return open_; }                ///< that the server has not ended
  latencies times() const;                          ///< from a mark's time until it came

 private:
  struct stream {
    int socket = -1;
    mark_finder marks;
  };
  void connect(std::uint16_t port, const std::string& api_key);
  void run();
  void read(stream& from);

  std::vector<stream> streams_;
  std::atomic<std::uint64_t> events_{0};
  std::atomic<int> open_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  latencies times_;
  std::thread thread_;
};

}  // namespace omnistream::load
