#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string_view>
#include <vector>

#include "bench/graph_simulator/accepted_message.hpp"
#include "bench/graph_simulator/options.hpp"

namespace graph_simulator {

enum class message_status : std::uint8_t { sent, delivered, read, failed };
std::string_view to_string(message_status status);

/// What becomes of one message, decided at once by seed and index.
struct message_fate {
  bool sent = true;
  bool delivered = false;
  bool read = false;
  int failed_code = 0;  ///< 0: it does not fail
};
message_fate decide_fate(const accepted_message& message, const status_options& options);

/// One status that is due.
struct due_status {
  const accepted_message* message;
  message_status status;
  instant at;  ///< when it happened, which disorder and repetition do not change
  int error_code;
  bool is_duplicate;
};

/// Turns accepted messages into statuses at their times. Pure: times are passed in. Not
/// thread-safe.
class status_scheduler {
 public:
  /// Messages beyond this get no statuses, and are counted as dropped.
  static constexpr std::size_t messages_max = 2'000'000;

  explicit status_scheduler(status_options options) : options_(options) {}

  void add(accepted_message message);
  /// Gives what is due at `now`, `count_max` at most, in the order it leaves. Returns how many.
  std::size_t pop(instant now, std::size_t count_max,
                  const std::function<void(const due_status&)>& take);
  /// When the next status is due; instant::max() when there is none.
  instant next_due() const { return queue_.empty() ? instant::max() : queue_.top().due; }
  std::size_t pending() const { return queue_.size(); }  ///< statuses
  std::uint64_t dropped() const { return dropped_; }     ///< messages

 private:
  struct entry {
    instant due;
    std::uint64_t sequence;  ///< equal times leave in the order of their making
    std::uint32_t slot;
    message_status status;
    bool is_duplicate;
    bool operator>(const entry& other) const {
      return due != other.due ? due > other.due : sequence > other.sequence;
    }
  };
  struct slot {
    accepted_message message;
    int failed_code = 0;
    int statuses_left = 0;
  };

  std::uint32_t take_slot();
  void schedule(std::uint32_t at, message_status status);
  instant happened_at(const accepted_message& message, message_status status) const;

  status_options options_;
  std::priority_queue<entry, std::vector<entry>, std::greater<>> queue_;
  std::vector<slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t sequence_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace graph_simulator
