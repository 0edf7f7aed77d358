#include "bench/graph_simulator/webhook_queue.hpp"

#include <algorithm>
#include <utility>

namespace graph_simulator {

using namespace std::chrono_literals;

void webhook_queue::add(webhook fresh, instant now) {
  bytes_ += fresh.body.size();
  pending_changes_ += fresh.changes;
  waiting_.emplace(now, std::move(fresh));
}

std::optional<webhook> webhook_queue::take(instant now) {
  if (waiting_.empty() || waiting_.begin()->first > now) return std::nullopt;
  auto taken = waiting_.extract(waiting_.begin());
  auto& next = taken.mapped();
  ++(next.tries++ == 0 ? counts_.posted : counts_.repeated);
  return std::move(next);
}

void webhook_queue::answered(webhook tried, bool acknowledged, instant now) {
  if (!acknowledged) {
    const auto due = now + back_off(tried.tries);
    waiting_.emplace(due, std::move(tried));
    return;
  }
  ++counts_.acknowledged;
  bytes_ -= tried.body.size();
  pending_changes_ -= tried.changes;
}

instant webhook_queue::back_off(int tries) {
  if (tries <= 1) return 0s;
  return std::min<instant>(500ms * (1 << std::min(tries - 2, 10)), 30s);
}

}  // namespace graph_simulator
