#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {

/// The part of a subscription's outbox that is in memory: events that were read and wait to be
/// sent, and the ids of those that are on their way until they are recorded. Whatever waits in the
/// database, it holds no more than its bound. Pure.
///
/// The outbox is always read from its beginning, because an event may be committed after another
/// that has a higher id; what is known here is skipped.
class outbox_window {
 public:
  /// `events`: held at once, unless a batch is larger.
  explicit outbox_window(int events = 32) : events_(events) {}

  /// Whether memory is scarce: it holds one event at a time then.
  void set_tight(bool is_tight) { tight_ = is_tight; }
  /// So many events may make one delivery.
  void set_batch_max(int events) { batch_max_ = events; }

  /// Something was committed: read when there is room.
  void look() { unread_ = true; }
  /// Whether reading is worth while now; `eager`: also when there is still something to send.
  bool wants_read(bool eager) const;
  /// A read begins: how many events to ask for.
  int begin_read();
  /// It ended with this page, or in vain.
  void end_read(outbox_page page, timestamp now);
  void read_failed();

  /// Whether the next delivery can be made: a batch waits for company.
  bool ready(timestamp now, std::chrono::milliseconds batch_wait) const;
  /// When it can at the latest; only if something is held.
  timestamp ready_at(std::chrono::milliseconds batch_wait) const {
    return held_.begin()->second.since + batch_wait;
  }
  /// The next event in order. Something is held.
  const outbox_event& first() const { return held_.begin()->second.event; }
  /// Takes the events of the next delivery out, in order; they stay known. Something is held.
  std::vector<outbox_event> take_next();
  /// These were taken out and are not on their way any more: they are read again.
  void put_back(const std::vector<std::int64_t>& events);
  /// These are not in the outbox any more.
  void recorded(const std::vector<std::int64_t>& events);
  /// Forgets what is held: it is read again.
  void drop();

  bool reading() const { return reading_; }
  bool more() const { return more_; }
  bool empty() const { return held_.empty(); }
  std::size_t held() const { return held_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }
  /// Nothing is held, and nothing else is known to wait.
  bool exhausted() const { return held_.empty() && !unread_ && !reading_; }

 private:
  struct waiting {
    outbox_event event;
    timestamp since;
  };
  int room() const { return tight_ ? 1 : std::max(events_, batch_max_); }

  int events_;
  std::map<std::int64_t, waiting> held_;
  std::set<std::int64_t> on_their_way_;        ///< taken out and not recorded
  std::set<std::int64_t> recorded_meanwhile_;  ///< a read under way may still have seen them
  std::size_t held_bytes_ = 0;
  int batch_max_ = 1;
  bool tight_ = false;
  bool unread_ = true;
  bool reading_ = false;
  bool more_ = false;   ///< the last read left some behind
  bool stuck_ = false;  ///< ... and saw nothing new: another sees no more until some are recorded
};

}  // namespace omnistream::actors
