#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/statement.hpp"

namespace omnistream::storage {

/// How often one named statement ran and how long it took, round trip included.
struct statement_timing {
  std::string name;
  std::uint64_t count = 0;
  double total_seconds = 0;
  double max_seconds = 0;
};

/// Counters per registered statement. Any thread may record and read; a reader sees each number
/// whole, but count and total of one statement may be one execution apart.
class statement_timings {
 public:
  statement_timings();
  /// Whether `which` belongs to all_statements(), hence is prepared on every connection.
  bool is_registered(const statement& which) const { return index_.contains(&which); }
  /// Does nothing for a statement that is not registered.
  void record(const statement& which, std::chrono::nanoseconds took);
  /// The statements that ran at least once.
  std::vector<statement_timing> snapshot() const;

 private:
  struct counter {
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::uint64_t> total_ns{0};
    std::atomic<std::uint64_t> max_ns{0};
  };
  std::unordered_map<const statement*, std::size_t> index_;
  std::unique_ptr<counter[]> counters_;
};

}  // namespace omnistream::storage
