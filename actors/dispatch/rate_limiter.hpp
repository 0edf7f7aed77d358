#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace omnistream::actors {

/// Paces one phone number. Pure: the caller passes the time in, so a test owns the clock. Not
/// thread-safe.
///
/// Two rules must both agree before a message may go:
/// - the law: never more than the rate in any sliding second. It is kept exactly, by the times of
///   the last grants. Meta counts when messages arrive, not when they leave: one that arrived late
///   (arrived_late()) counts at the later time, and the window is half a percent longer than a
///   second for the jitter that nobody sees;
/// - the smoothing: a GCRA with a tolerance of max(one emission interval, 50 ms), so that grants
///   are spread over the second and a caller that comes late catches up on at most that much.
/// Memory is one time per message of the rate (80 KB at the highest).
class rate_limiter {
 public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  static constexpr int messages_per_second_max = 10'000;
  static constexpr std::chrono::milliseconds window{1'005};
  static constexpr std::chrono::milliseconds tolerance_min{50};

  /// `messages_per_second` is clamped to 0..messages_per_second_max; 0 means unlimited: only pauses
  /// apply.
  explicit rate_limiter(int messages_per_second);

  /// How many of `wanted` messages may go now; these are counted as sent at `now`. A `now` before
  /// the latest one seen is taken as that one.
  int take(time_point now, int wanted);

  /// The earliest time, not before `now`, at which take() would grant at least one message.
  time_point next(time_point now) const;

  /// Known at `now`: a message granted at `granted` reached Meta by so much later than messages
  /// usually do. From now on it counts at that time (at most `now`). Unknown or older ones are
  /// ignored.
  void arrived_late(time_point now, time_point granted, std::chrono::nanoseconds by);

  /// Grants nothing before `until` (Retry-After, back-off). Never shortens a longer pause.
  void pause_until(time_point until);

  /// Meta said 130429: the current rate becomes 0.8 of what it was, at least 1/s. Several calls
  /// within one second are one signal (one burst of refusals) and count once. Without further calls
  /// the rate climbs back by 2 % of the configured rate per second. No effect when unlimited.
  void slow_down(time_point now);

  /// A new configured rate (clamped as in the constructor), at once and without back-off. What was
  /// granted in the last second still counts.
  void set_rate(int messages_per_second);

  int rate() const { return rate_; }  ///< configured messages/s, 0 = unlimited
  double current_rate() const {
    return current_;
  }  ///< messages/s now, below rate() after slow_down()

 private:
  using nanoseconds = std::int64_t;

  bool unlimited() const { return rate_ == 0; }
  nanoseconds observe(time_point now);
  void recover(nanoseconds now);
  nanoseconds emission_interval() const;
  nanoseconds tolerance() const;
  nanoseconds lawful_from() const;
  nanoseconds earliest(nanoseconds now) const;
  void grant(nanoseconds now);

  int rate_ = 0;
  double current_ = 0;
  nanoseconds latest_;  ///< the latest time seen
  nanoseconds due_;     ///< GCRA's theoretical arrival time of the next message
  nanoseconds paused_until_;
  nanoseconds slowed_at_;  ///< the last slow_down() that counted
  nanoseconds recovered_at_;
  std::deque<nanoseconds> grants_;  ///< when the last rate_ messages count, in order
};

}  // namespace omnistream::actors
