#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <vector>

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

  /// A message that was sent at `sent` and answered so much later than usual.
  struct late_answer {
    time_point sent;
    nanoseconds by;
  };

  /// Takes the answer of a message sent at `sent` into account.
  void note(time_point sent, nanoseconds latency) {
    if (samples_.empty() || sent - samples_.back().sent >= memory / samples_max)
      remember({sent, latency});
    unjudged_.push_back({sent, latency});
  }

  /// Which of the answers noted since the last call came late. What is usual is not known in the
  /// first second: connections are made, caches are cold, and that would look like a long way. So
  /// answers of that time are judged when it is over.
  std::vector<late_answer> take_late(time_point now) {
    std::vector<late_answer> late;
    if (unjudged_.empty() || now - began_ < settling) return late;
    for (const auto& one : unjudged_)
      if (one.latency > usual_) late.push_back({one.sent, one.latency - usual_});
    unjudged_.clear();
    return late;
  }

  nanoseconds value() const { return usual_; }

 private:
  struct answer {
    time_point sent;
    nanoseconds latency;
  };

  void remember(const answer& one) {
    while (!samples_.empty() &&
           (samples_.front().sent < one.sent - memory || samples_.size() == samples_max))
      samples_.pop_front();
    if (samples_.empty()) began_ = one.sent;
    samples_.push_back(one);
    std::array<nanoseconds, samples_max> sorted;
    const auto end = std::ranges::transform(samples_, sorted.begin(), &answer::latency).out;
    const auto middle = sorted.begin() + (end - sorted.begin() - 1) / 2;
    std::nth_element(sorted.begin(), middle, end);
    usual_ = *middle;
  }

  nanoseconds usual_{0};
  time_point began_{};          ///< the first message after the start or a long silence
  std::deque<answer> samples_;  ///< by the time they were sent, at least memory / samples_max apart
  std::vector<answer> unjudged_;
};

}  // namespace omnistream::actors
