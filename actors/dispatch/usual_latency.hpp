#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>

namespace omnistream::actors {

/// How long Meta usually takes to answer for one number: the median of samples of the last five
/// seconds. A stall during which many answers stay away does not become the usual. Pure.
class usual_latency {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr nanoseconds memory = std::chrono::seconds{5};
  static constexpr int samples_max = 128;  ///< so many, spread over the five seconds
  static constexpr nanoseconds settling = std::chrono::seconds{1};

  /// Takes the answer of a message sent at `sent` into account; by how much it came later than
  /// usual, at least 0. What is usual is not known in the first second: connections are made,
  /// caches are cold, and all of that would look like a long way. Until then all of an answer's
  /// time counts as late.
  nanoseconds note(time_point sent, nanoseconds latency) {
    if (samples_.empty() || sent - samples_.back().sent >= memory / samples_max)
      remember(sent, latency);
    const bool settled = samples_.back().sent - samples_.front().sent >= settling;
    return settled ? std::max(latency - usual_, nanoseconds{0}) : latency;
  }
  nanoseconds value() const { return usual_; }

 private:
  struct sample {
    time_point sent;
    nanoseconds latency;
  };

  void remember(time_point sent, nanoseconds latency) {
    while (!samples_.empty() &&
           (samples_.front().sent < sent - memory || samples_.size() == samples_max))
      samples_.pop_front();
    samples_.push_back({sent, latency});
    std::array<nanoseconds, samples_max> sorted;
    const auto end = std::ranges::transform(samples_, sorted.begin(), &sample::latency).out;
    const auto middle = sorted.begin() + (end - sorted.begin() - 1) / 2;
    std::nth_element(sorted.begin(), middle, end);
    usual_ = *middle;
  }

  nanoseconds usual_{0};
  std::deque<sample> samples_;  ///< by the time they were sent, at least memory / samples_max apart
};

}  // namespace omnistream::actors
