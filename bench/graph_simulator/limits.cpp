#include "bench/graph_simulator/limits.hpp"

#include <algorithm>

namespace graph_simulator {

using namespace std::chrono_literals;

void rate_window::forget_before(instant now) {
  while (!accepted_.empty() && accepted_.front() <= now - 1s) accepted_.pop_front();
}

bool rate_window::allows(instant now, std::optional<std::size_t> mps) {
  forget_before(now);
  return !mps || accepted_.size() < *mps;
}

void rate_window::accept(instant now) {
  forget_before(now);
  // A sliding second holds fewest just before the next one is accepted.
  if (count_ == 0) first_ = now;
  if (now - first_ >= 1s) lowest_ = std::min(lowest_.value_or(accepted_.size()), accepted_.size());
  ++count_;
  last_ = now;
  accepted_.push_back(now);
  highest_ = std::max(highest_, accepted_.size());
}

void rate_window::reset_figures() {
  count_ = 0;
  highest_ = 0;
  lowest_.reset();
  first_ = last_ = {};
}

bool pair_limit::allows(std::uint64_t pair, instant now) const {
  const auto found = free_at_.find(pair);
  return found == free_at_.end() || found->second - now <= (burst - 1) * interval;
}

void pair_limit::accept(std::uint64_t pair, instant now) {
  forget_paid(now);
  const auto [entry, is_new] = free_at_.try_emplace(pair, now);
  entry->second = std::max(entry->second, now) + interval;
  if (is_new) checks_.push_back({now + interval, pair});
}

// Two checks per message keep up with any number of new pairs without ever pausing for a full
// sweep.
void pair_limit::forget_paid(instant now) {
  for (int i = 0; i < 2 && !checks_.empty() && checks_.front().at <= now; ++i) {
    const auto pair = checks_.front().pair;
    checks_.pop_front();
    const auto found = free_at_.find(pair);
    if (found == free_at_.end()) continue;
    if (found->second <= now) {
      free_at_.erase(found);
    } else {
      checks_.push_back({now + interval, pair});
    }
  }
}

void pair_limit::clear() {
  free_at_.clear();
  checks_.clear();
}

}  // namespace graph_simulator
