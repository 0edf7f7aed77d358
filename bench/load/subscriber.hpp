#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bench/load/figures.hpp"
#include "bench/load/latencies.hpp"
#include "config/base/time.hpp"
#include "http/server/listener.hpp"

namespace omnistream::load {

/// The `webhook-signature` of Standard Webhooks 1.0. Written apart from the server's own, because
/// it judges that one.
std::string sign_delivery(std::string_view key, std::string_view id, std::string_view seconds,
                          std::string_view body);

/// The key in a `whsec_` secret; nothing if it is none.
std::optional<std::string> delivery_key(std::string_view secret);

/// What a subscriber answers to one request.
struct subscriber_answer {
  http::server::response what;
  std::chrono::milliseconds delay{0};
};

/// The other side of outgoing webhooks: takes deliveries at any path, checks their signature and
/// counts by path what came, what came twice and what came too late. Not thread-safe.
///
/// `/hook/N` answers 200 at once, `/slow/N` after ten seconds, `/refuse/N` 503. `GET /_count` tells
/// how many events came, `GET /_stats` everything, `GET /_example` one delivery with the most
/// events so far, `DELETE /_stats` forgets it all.
class subscriber {
 public:
  /// Throws std::invalid_argument if the secret is none.
  explicit subscriber(std::string_view secret);

  /// `now` is when the request was there.
  subscriber_answer take(const http::server::request& read, timestamp now);

 private:
  /// What the check of an event needs: when it happened, and what it is about.
  struct told_event {
    timestamp at;
    std::uint64_t thing = 0;  ///< a hash of the id in its data; 0: there is none
  };
  struct of_path {
    std::uint64_t repeated = 0;    ///< deliveries whose webhook-id was there before
    std::uint64_t events = 0;      ///< in the others
    std::uint64_t told_twice = 0;  ///< of these, once more in a delivery of another webhook-id
    /// Of these, older than one of the same thing that came before.
    std::uint64_t out_of_order = 0;
    std::unordered_set<std::uint64_t> deliveries;          ///< hashes of webhook-ids
    std::unordered_map<std::uint64_t, timestamp> last_of;  ///< newest event of each thing
  };

  bool is_signed(const http::server::request& read, timestamp now) const;
  static std::optional<std::vector<told_event>> events_in(const std::string& body);
  void note(const http::server::request& read, const std::vector<told_event>& events,
            timestamp now);
  subscriber_answer refuse(int status, const char* why);
  subscriber_answer own(const http::server::request& read);
  figures stats() const;
  void forget();

  std::string key_;
  std::map<std::string, of_path, std::less<>> paths_;
  latencies times_;  ///< from the event to its arrival
  std::uint64_t events_ = 0;
  std::uint64_t wrong_ = 0;  ///< not signed by us, or no event
  std::string last_wrong_;
  timestamp last_arrival_{};
  figures example_;
  std::size_t example_events_ = 0;
};

}  // namespace omnistream::load
