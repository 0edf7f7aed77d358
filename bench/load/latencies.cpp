#include "bench/load/latencies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace omnistream::load {
namespace {

constexpr double us_per_ms = 1'000;

}  // namespace

void latencies::add(std::chrono::nanoseconds latency) {
  const auto us = std::chrono::round<std::chrono::microseconds>(latency).count();
  constexpr std::int64_t highest = std::numeric_limits<std::uint32_t>::max();
  samples_us_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, highest)));
  sorted_ = false;
}

void latencies::add(const latencies& others) {
  samples_us_.insert(samples_us_.end(), others.samples_us_.begin(), others.samples_us_.end());
  sorted_ = false;
}

void latencies::sort() const {
  if (!sorted_) std::sort(samples_us_.begin(), samples_us_.end());
  sorted_ = true;
}

double latencies::percentile_ms(double share) const {
  if (samples_us_.empty()) return 0;
  sort();
  const auto count = static_cast<double>(samples_us_.size());
  const auto rank = static_cast<std::size_t>(std::ceil(std::clamp(share, 0.0, 1.0) * count));
  return samples_us_[std::max<std::size_t>(rank, 1) - 1] / us_per_ms;
}

double latencies::max_ms() const {
  return percentile_ms(1);
}

bool latencies::tells(double share) const {
  return static_cast<double>(count()) * (1 - share) >= static_cast<double>(beyond_min);
}

figures latencies::to_json() const {
  figures to{{"count", count()},
             {"p50_ms", percentile_ms(0.5)},
             {"p90_ms", percentile_ms(0.9)},
             {"p99_ms", percentile_ms(0.99)},
             {"max_ms", max_ms()}};
  if (!tells(0.99)) to["too_short"] = true;
  return to;
}

}  // namespace omnistream::load
