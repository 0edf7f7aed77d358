#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

struct scheduled_message_id {
  uuid id;
  uuid conversation_id;
};
struct due_messages {
  std::vector<scheduled_message_id> list;  ///< the earliest first
  std::optional<timestamp> next_at;        ///< when a later one is due; nothing: none waits
};

/// What the scheduler asks of the database. Completions come from any thread, once.
class schedule_store {
 public:
  virtual ~schedule_store() = default;
  /// Messages whose time has come, at most so many, and none of these conversations.
  virtual void due(timestamp now, int at_most, std::vector<uuid> without,
                   std::function<void(result<due_messages>)> done) = 0;
  /// In one transaction: the message is taken into its conversation and counts as sent, or fails
  /// with the reason why it cannot be. Nothing happens to one that no longer waits, or when this
  /// process lost the lease: so it may be asked again. Answers its conversation, which may be
  /// another than due() told, or nothing where nothing happened.
  virtual void release(uuid message, timestamp now,
                       std::function<void(result<std::optional<uuid>>)> done) = 0;
  /// It failed for this reason, unless it no longer waits or this process lost the lease.
  virtual void fail(uuid message, problem why, std::function<void(result<done>)> done) = 0;
};

}  // namespace omnistream::actors
