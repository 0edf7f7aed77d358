#include "storage/statement_timings.hpp"

namespace omnistream::storage {

statement_timings::statement_timings()
    : counters_(std::make_unique<counter[]>(all_statements().size())) {
  for (const auto* each : all_statements()) index_.emplace(each, index_.size());
}

void statement_timings::record(const statement& which, std::chrono::nanoseconds took) {
  const auto found = index_.find(&which);
  if (found == index_.end()) return;
  auto& own = counters_[found->second];
  const auto ns = static_cast<std::uint64_t>(took.count());
  own.count.fetch_add(1, std::memory_order_relaxed);
  own.total_ns.fetch_add(ns, std::memory_order_relaxed);
  auto longest = own.max_ns.load(std::memory_order_relaxed);
  while (ns > longest &&
         !own.max_ns.compare_exchange_weak(longest, ns, std::memory_order_relaxed)) {
  }
}

std::vector<statement_timing> statement_timings::snapshot() const {
  std::vector<statement_timing> list;
  const auto all = all_statements();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto count = counters_[i].count.load(std::memory_order_relaxed);
    if (count == 0) continue;
    list.push_back(
        {all[i]->name, count,
         static_cast<double>(counters_[i].total_ns.load(std::memory_order_relaxed)) / 1e9,
         static_cast<double>(counters_[i].max_ns.load(std::memory_order_relaxed)) / 1e9});
  }
  return list;
}

}  // namespace omnistream::storage
