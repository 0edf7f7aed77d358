#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace omnistream::test {

/// One event as it came in a stream.
struct streamed_event {
  std::string type;  ///< the field `event`
  std::string id;    ///< the field `id`; empty if it has none
  nlohmann::json data;
};

/// A client of GET /api/events on loopback, as `EventSource` is one.
class event_stream {
 public:
  using milliseconds = std::chrono::milliseconds;
  static constexpr milliseconds patience{20'000};  ///< only bounds a failing test

  /// Connects and reads the answer's head. `query` with its question mark; `credential` is a
  /// header.
  event_stream(std::uint16_t port, const std::string& credential,
               const std::string& last_event_id = "", const std::string& query = "");
  ~event_stream();
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  int status() const { return status_; }
  const std::string& head() const { return head_; }
  /// The next event; nothing when none came in time, or the stream has ended.
  std::optional<streamed_event> next(milliseconds limit = patience);
  /// The next one that is not told of campaigns' progress.
  std::optional<streamed_event> next_change(milliseconds limit = patience);
  /// The types of all changes up to one of this type, that included; fewer if it does not come.
  std::vector<std::string> types_until(const std::string& type, milliseconds limit = patience);
  /// The last position that came, with an event or without.
  const std::string& position() const { return position_; }
  /// Whether it ends in time, whatever comes before.
  bool ends(milliseconds limit = patience);
  bool complete() const { return complete_; }  ///< it ended with the last chunk

 private:
  using clock = std::chrono::steady_clock;
  bool fill(clock::time_point deadline);
  void take_chunks();
  std::optional<streamed_event> take_event();

  int socket_;
  int status_ = 0;
  std::string head_;
  std::string raw_;   ///< not decoded yet
  std::string text_;  ///< of the stream, not taken yet
  std::string position_;
  bool ended_ = false;
  bool complete_ = false;
};

}  // namespace omnistream::test
