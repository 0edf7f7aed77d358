#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "bench/graph_simulator/clock.hpp"

namespace graph_simulator {

/// The exact sliding window of one phone number: in no interval (t - 1 s, t] are more than `mps`
/// messages accepted. Also knows the highest count of any such interval. Memory: one instant per
/// message of the last second.
class rate_window {
 public:
  /// Whether one more message may be accepted at `now`; `mps` empty means there is no limit. `now`
  /// never goes back.
  bool allows(instant now, std::optional<std::size_t> mps);
  /// Records a message accepted at `now`.
  void accept(instant now);
  /// The highest number accepted in any sliding second since the start or the last reset.
  std::size_t highest() const { return highest_; }
  /// The lowest number accepted in any whole sliding second between the first and the last one
  /// accepted since then; 0 if that is less than a second.
  std::size_t lowest() const { return lowest_.value_or(0); }
  std::uint64_t accepted() const { return count_; }
  /// From the first accepted to the last.
  instant span() const { return last_ - first_; }
  void reset_figures();

 private:
  void forget_before(instant now);
  std::deque<instant> accepted_;
  std::uint64_t count_ = 0;
  instant first_{};
  instant last_{};
  std::size_t highest_ = 0;
  std::optional<std::size_t> lowest_;
};

/// One message per 6 s from a number to a user, of which up to 45 may be sent at once, borrowed
/// from the future. Keys are hashes of (number, user). Pairs that have paid back what they borrowed
/// are forgotten.
class pair_limit {
 public:
  static constexpr instant interval = std::chrono::seconds{6};
  static constexpr int burst = 45;

  bool allows(std::uint64_t pair, instant now) const;
  void accept(std::uint64_t pair, instant now);
  std::size_t size() const { return free_at_.size(); }
  void clear();

 private:
  void forget_paid(instant now);
  struct check {
    instant at;
    std::uint64_t pair;
  };
  std::unordered_map<std::uint64_t, instant> free_at_;  ///< when everything borrowed is paid back
  std::deque<check> checks_;                            ///< one per pair, by time
};

}  // namespace graph_simulator
