#include "actors/webhook/outbox_window.hpp"

#include <algorithm>
#include <utility>

namespace omnistream::actors {

bool outbox_window::wants_read(bool eager) const {
  if (!unread_ || reading_ || stuck_) return false;
  if (tight_) return held_.empty();
  const int low = std::max(events_ / 2, batch_max_);
  return held_.empty() || ((eager || more_) && static_cast<int>(held_.size()) < low);
}

int outbox_window::begin_read() {
  reading_ = true;
  unread_ = false;
  return static_cast<int>(on_their_way_.size()) + room();
}

void outbox_window::end_read(outbox_page page, timestamp now) {
  reading_ = false;
  more_ = page.more;
  bool found = false;
  for (auto& event : page.events) {
    if (held_.contains(event.id) || on_their_way_.contains(event.id) ||
        recorded_meanwhile_.contains(event.id))
      continue;
    const bool full =
        static_cast<int>(held_.size()) >= room() || held_bytes_ >= webhook_store::outbox_bytes_max;
    if (full && !held_.empty()) {
      more_ = true;
      break;
    }
    found = true;
    held_bytes_ += event.body->size();
    const auto id = event.id;
    held_.emplace(id, waiting{std::move(event), now});
  }
  stuck_ = more_ && !found && !(held_.empty() && on_their_way_.empty());
  unread_ = unread_ || more_;
  recorded_meanwhile_.clear();
}

void outbox_window::read_failed() {
  reading_ = false;
  unread_ = true;
  recorded_meanwhile_.clear();
}

bool outbox_window::ready(timestamp now, std::chrono::milliseconds batch_wait) const {
  if (held_.empty()) return false;
  if (batch_max_ <= 1 || static_cast<int>(held_.size()) >= batch_max_) return true;
  if (more_ && !reading_ && !wants_read(false)) return true;  // no room for more company
  return now >= ready_at(batch_wait);
}

std::vector<outbox_event> outbox_window::take_next() {
  std::vector<outbox_event> events;
  while (!held_.empty() && static_cast<int>(events.size()) < std::max(batch_max_, 1)) {
    auto first = held_.extract(held_.begin());
    held_bytes_ -= first.mapped().event.body->size();
    on_their_way_.insert(first.key());
    events.push_back(std::move(first.mapped().event));
  }
  return events;
}

void outbox_window::put_back(const std::vector<std::int64_t>& events) {
  for (const auto id : events) on_their_way_.erase(id);
  drop();
}

void outbox_window::recorded(const std::vector<std::int64_t>& events) {
  for (const auto id : events) on_their_way_.erase(id);
  if (reading_) recorded_meanwhile_.insert(events.begin(), events.end());
  if (!events.empty()) stuck_ = false;
}

void outbox_window::drop() {
  held_.clear();
  held_bytes_ = 0;
  unread_ = true;
  stuck_ = false;
}

}  // namespace omnistream::actors
