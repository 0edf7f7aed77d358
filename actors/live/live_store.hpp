#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/live/live_events.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// By what a caller was let in: an API key, by its hash, or a session.
struct live_credential {
  std::string key_hash;  ///< empty: by the session
  uuid session;
};

/// What the owner of a credential may do.
struct live_rights {
  std::set<std::string, std::less<>> permissions;
  std::set<uuid> divisions;
};

/// What came to light since two positions.
struct live_page {
  std::string position;         ///< up to which this has read
  bool missed_is_lost = false;  ///< some of what came since the one is gone: no event is missed
  bool new_is_lost = false;     ///< some of what came since the other is gone: no event is new
  bool too_much = false;        ///< more than is read at once: the events are not all
  std::vector<live_event> events;
};

/// How far a campaign is.
struct campaign_progress {
  uuid tenant;
  uuid campaign;
  std::string data;  ///< JSON
};

/// What was removed.
struct live_removal {
  bool more = false;     ///< there are others
  std::string position;  ///< the place of now
};

/// What the hub asks of the database. Completions come from any thread, once.
class live_store {
 public:
  static constexpr int events_max = 5'000;                 ///< of one page
  static constexpr std::int64_t page_bytes_max = 8 << 20;  ///< of its data
  static constexpr int campaigns_max = 50;                 ///< of a tenant whose progress is told

  virtual ~live_store() = default;
  /// What a tenant has that is missed since `after`, or new since `known`. Where one is empty it is
  /// as the other; where both are, it is now, and nothing is missed or new.
  virtual void read(const uuid& tenant, std::string after, std::string known,
                    std::function<void(result<live_page>)> done) = 0;
  /// By position; nothing for those who are nobody (any more).
  virtual void rights(
      const std::vector<live_credential>& of,
      std::function<void(result<std::vector<std::optional<live_rights>>>)> done) = 0;
  virtual void progress(const std::vector<uuid>& tenants,
                        std::function<void(result<std::vector<campaign_progress>>)> done) = 0;
  /// Removes events that are older than that, in a bounded portion, and none that somebody misses
  /// who has read since the position `up_to`. Where it is empty nothing is removed.
  virtual void forget(std::chrono::seconds kept, std::string up_to,
                      std::function<void(result<live_removal>)> done) = 0;
};

}  // namespace omnistream::actors
