#pragma once

#include <algorithm>
#include <chrono>

namespace omnistream::actors {

/// How long Meta usually takes to answer for one number: a moving average over some five seconds,
/// so that a pause during which many answers stay away does not become the usual. Pure.
class usual_latency {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr nanoseconds memory = std::chrono::seconds{5};

  /// Takes the answer of a message sent at `sent` into account; by how much it came later than
  /// usual, at least 0.
  nanoseconds note(time_point sent, nanoseconds latency) {
    if (last_ == time_point{}) {
      usual_ = latency;
      last_ = sent;
    }
    const auto late = latency - usual_;
    const auto weight = std::clamp(sent - last_, nanoseconds{0}, memory);
    usual_ += nanoseconds{static_cast<nanoseconds::rep>(static_cast<double>(late.count()) *
                                                        static_cast<double>(weight.count()) /
                                                        static_cast<double>(memory.count()))};
    last_ = std::max(last_, sent);
    return std::max(late, nanoseconds{0});
  }
  nanoseconds value() const { return usual_; }

 private:
  nanoseconds usual_{0};
  time_point last_{};
};

}  // namespace omnistream::actors
