#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {

/// What the statement that read could see: transactions below `ended_below` had ended, those from
/// `begun_below` on had not begun to write. (pg_snapshot_xmin, pg_snapshot_xmax.)
struct seen_transactions {
  std::int64_t ended_below = 0;
  std::int64_t begun_below = 0;
};

/// Where outboxes begin. What was taken leaves dead entries at the front of the index until
/// PostgreSQL cleans up, and a read from the very beginning would walk over all of them.
///
/// An event may be committed after others with higher ids. So the front of an outbox is only
/// believed when a read finds nothing below it that knows of every transaction which was writing as
/// the front was seen: whoever began later draws higher ids. (An event follows the change it tells
/// of, so its transaction has begun to write before it draws an id.) Pure.
class outbox_floors {
 public:
  static constexpr std::size_t known_max = 10'000;  ///< when more are known, all are forgotten

  /// No event up to this id will ever be there again.
  std::int64_t after(const uuid& webhook) const {
    const auto found = known_.find(webhook);
    return found == known_.end() ? 0 : found->second.after;
  }

  /// What a read after that id found.
  void found(const uuid& webhook, const outbox_page& page, const seen_transactions& seen) {
    if (known_.size() >= known_max && !known_.contains(webhook)) known_.clear();
    auto& known = known_[webhook];
    const auto below =
        page.events.empty() ? std::numeric_limits<std::int64_t>::max() : page.events.front().id - 1;
    if (known.next && seen.ended_below >= known.next->believed_from) {
      known.after = std::max(known.after, std::min(known.next->after, below));
      known.next.reset();
    }
    if (!known.next && !page.events.empty() && below > known.after)
      known.next = front{below, seen.begun_below};
  }

 private:
  struct front {
    std::int64_t after = 0;
    std::int64_t believed_from = 0;
  };
  struct beginning {
    std::int64_t after = 0;
    std::optional<front> next;
  };
  std::map<uuid, beginning> known_;
};

}  // namespace omnistream::actors
