#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

/// Live events, who is told of which, and the text of an event stream. Pure.
namespace omnistream::actors {

/// Something that happened, as the database tells it.
struct live_event {
  std::int64_t id = 0;
  std::string type;  ///< `message.received`
  timestamp at{};
  std::string data;  ///< JSON
  bool of_conversation = false;
  /// Whoever sees the conversation now is told: an agent's or a division's id, or nil for
  /// everybody. Nothing if it is gone.
  std::optional<uuid> seen_by;
  /// Only those are told who saw it by this, and do not see it now.
  std::optional<uuid> seen_before;
  bool is_missed = true;  ///< whoever comes back does not know it
  bool is_new = true;     ///< those who are there do not know it
};

/// An agent as far as it matters for what they are told.
struct live_viewer {
  uuid agent;
  bool sees_conversations = false;
  bool sees_all_conversations = false;
  bool sees_campaigns = false;
  std::set<uuid> divisions;

  bool operator==(const live_viewer&) const = default;
  /// The permissions of a role, as the API names them.
  static live_viewer of(const uuid& agent, const std::set<std::string, std::less<>>& permissions,
                        std::set<uuid> divisions);
  bool is_told(const live_event& what) const;

 private:
  bool sees(const std::optional<uuid>& seen_by) const;
};

/// Whether a client's Last-Event-ID can be one of ours: a PostgreSQL snapshot,
/// `xmin:xmax:xip,xip...`.
bool is_live_position(std::string_view text);

// -- the text of an event stream (WHATWG HTML, 9.2) -----------------------------------------------

/// Given to many streams at once.
using live_text = std::shared_ptr<const std::string>;
inline live_text shared_text(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// What a stream begins with. `resumed`: what was missed follows. The position is left out where
/// it is `resumed`, as it counts only with what follows.
std::string live_ready(std::string_view position, bool resumed);
/// Something was missed, or what one may see has changed: everything is to be read anew.
std::string live_reset(std::string_view position, std::string_view reason);
/// The last word of a stream that will not be let in again as it is.
std::string live_end(std::string_view reason);
/// Keeps a connection alive, and the position young.
std::string live_heartbeat(std::string_view position);
/// These in their order. The position counts when all of them have come, so it stands in the last.
std::string live_block(const std::vector<const live_event*>& events, std::string_view position);
/// How far a campaign is: a state, not an event, and so without a position.
std::string live_progress(timestamp at, std::string_view data);

}  // namespace omnistream::actors
