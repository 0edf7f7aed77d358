#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

/// Who posted a webhook, which says how it is read.
enum class webhook_source : std::uint8_t {
  meta,   ///< WhatsApp, Messenger, Instagram: the payload names which
  email,  ///< a mail, as SendGrid's Inbound Parse posts it in JSON mode
};

/// A webhook as it came.
struct raw_webhook {
  std::shared_ptr<const std::string> payload;
  webhook_source source = webhook_source::meta;
};

/// A webhook that is committed and waits to be applied.
struct stored_webhook {
  std::int64_t id = 0;
  std::shared_ptr<const std::string> payload;
  webhook_source source = webhook_source::meta;
  int attempts = 0;                     ///< how often it was set aside
  std::vector<std::string> parts = {};  ///< which of its parts were; empty: it never was
};

/// What applying changed that living actors should look at.
struct applied_webhooks {
  std::vector<uuid> campaigns;      ///< nothing of them is open any more, or their template changed
  std::vector<uuid> conversations;  ///< what they wait for was paused
  std::vector<uuid> nameless;       ///< conversations with somebody who wrote and has no name
  std::size_t statuses = 0;         ///< of our recipients and messages
  std::size_t unknown = 0;          ///< statuses that name no recipient and no message of ours
  std::size_t messages = 0;
  std::vector<std::string> refused;  ///< of each webhook that was set aside: why

  void add(const applied_webhooks& more);
};

/// What came of trying again.
struct applied_again {
  int tried = 0;
  applied_webhooks did;
};

/// Whether what failed may succeed soon. What takes the database too long does not: it would hold
/// up all others.
bool passes(const problem& why);

/// Everything the inbox asks of the database.
class inbox_store {
 public:
  virtual ~inbox_store() = default;
  using appended = std::function<void(result<std::vector<std::int64_t>>)>;
  /// Commits them as they came; answers their ids in order.
  virtual void append(std::vector<raw_webhook> webhooks, appended done) = 0;
  /// What was committed and never applied, after an id.
  virtual void waiting(std::int64_t after, int at_most,
                       std::function<void(result<std::vector<stored_webhook>>)> done) = 0;
  /// Applies a batch and removes it from the inbox in one commit. Those of which entries cannot be
  /// read are set aside for that, the rest of them is applied.
  virtual void apply(std::vector<stored_webhook> batch,
                     std::function<void(result<applied_webhooks>)> done) = 0;
  /// Applies one part by part, for one that cannot be applied whole. Those parts that cannot be are
  /// set aside with the causes: for a person to look at, and to be tried again.
  virtual void apply_apart(stored_webhook webhook,
                           std::function<void(result<applied_webhooks>)> done) = 0;
  /// Tries again what was set aside and is due, at most so many; after a start all of it is due. So
  /// are contacts that are to become one.
  /// One that fails on its own in a way that does not pass is tried later, as if it had been
  /// refused.
  virtual void apply_again(int at_most, bool after_start,
                           std::function<void(result<applied_again>)> done) = 0;
  /// Sets one aside whole, with the reason.
  virtual void set_aside(std::int64_t id, std::string reason,
                         std::function<void(result<done>)> done) = 0;
  /// Removes what was set aside longer ago than that; answers how many. Also what waits for
  /// messages that will not come any more.
  virtual void remove_set_aside(std::chrono::hours kept, std::function<void(result<int>)> done) = 0;
};

std::unique_ptr<inbox_store> make_inbox_store(storage::pool& pool);

}  // namespace omnistream::actors
