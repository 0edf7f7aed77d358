#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/load/figures.hpp"

namespace omnistream::load {

/// Every latency of a run, so that percentiles are exact (resolution: one microsecond). 4 bytes per
/// sample; latencies above 71 minutes count as 71 minutes. Not thread-safe.
class latencies {
 public:
  /// A percentile is told only if this many samples lie beyond it: fewer make it a matter of luck.
  static constexpr std::size_t beyond_min = 5;

  void add(std::chrono::nanoseconds latency);
  void add(const latencies& others);

  std::size_t count() const { return samples_us_.size(); }
  /// The smallest sample that at least `share` (0..1) of all samples do not exceed, in
  /// milliseconds; 0 if there is none.
  double percentile_ms(double share) const;
  double max_ms() const;
  /// Whether there are enough samples to tell this percentile.
  bool tells(double share) const;

  /// `{"count", "p50_ms", "p90_ms", "p99_ms", "max_ms"}`, and `"too_short": true` where the 99th
  /// percentile rests on too few samples.
  figures to_json() const;

 private:
  void sort() const;
  mutable std::vector<std::uint32_t> samples_us_;
  mutable bool sorted_ = true;
};

}  // namespace omnistream::load
