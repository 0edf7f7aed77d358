#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/webhook/webhook_machine.hpp"
#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// One event that waits in the outbox of a subscription, and perhaps in others.
struct outbox_event {
  std::int64_t id = 0;  ///< its place in the order
  std::string type;
  timestamp at;                             ///< when it happened
  std::shared_ptr<const std::string> body;  ///< JSON: what is sent if it goes alone; see event_body
  /// Whom it is about. Events of one contact go one after the other; one about nobody comes after
  /// all before it and before all after it.
  std::optional<uuid> contact_id{};
};

/// The beginning of an outbox.
struct outbox_page {
  std::vector<outbox_event> events;
  bool more = false;  ///< others wait behind these
};

/// One request to the subscriber: the log's row. It is written when an attempt has ended, so what
/// is delivered at once is written once. The id follows from the events (delivery_id_of).
struct delivery {
  enum class status : std::uint8_t {
    pending,    ///< tried in vain; will be tried again at next_attempt_at
    delivered,  ///< answered 2xx
    failed,     ///< given up
  };
  struct event_ref {
    std::int64_t id = 0;
    timestamp at;  ///< when it happened
  };
  uuid id;
  std::string type;  ///< the event's, or `events.batch`
  int event_count = 1;
  std::shared_ptr<const std::string> body;
  std::optional<event_ref> event;  ///< whose body it is; none: a batch, a test, or loaded again
  status state = status::pending;
  /// Sent again by itself, out of the order of the rest: a person asked for it, or the subscriber
  /// refused it while it took others.
  bool aside = false;
  int attempts = 0;
  std::optional<timestamp> next_attempt_at;  ///< while pending
  timestamp last_attempt_at{};
  int response_code = 0;  ///< 0: no answer
  int duration_ms = 0;
  std::string excerpt;
  std::string error;
};

/// A subscription as its actor loads it.
struct loaded_webhook {
  uuid tenant_id;
  std::string url;
  std::vector<std::string> secrets;        ///< those that sign now; empty: they cannot be read
  std::optional<timestamp> secrets_until;  ///< load again then: a rotated one ends
  int batch_max = 1;                       ///< events per request; more than one makes batches
  std::chrono::milliseconds batch_wait{0};
  webhook_state state;
  /// Not ended: first those in order, oldest first, then the aside ones, next due first. Together
  /// at most pending_max, and their bodies as many bytes as were asked for unless one is larger.
  std::vector<delivery> pending;
  bool more_aside = false;  ///< there are aside ones that `pending` has no room for
};

/// What an attempt, or several, changed.
struct webhook_record {
  uuid webhook_id;
  uuid tenant_id;
  std::vector<delivery> deliveries;
  std::vector<std::int64_t> taken;  ///< events whose delivery is recorded here for the first time
  std::optional<webhook_state> state;  ///< if it changed
};

/// A person's changes to a subscription; nothing: not mentioned.
struct webhook_edit {
  std::optional<std::string> url;
  std::optional<std::optional<std::string>> description;
  std::optional<std::vector<std::string>> event_types;
  std::optional<bool> is_active;  ///< true enables again, false disables
  std::optional<int> batch_max;
  std::optional<int> batch_wait_ms;
};

/// A new secret, sealed; the one before signs until `previous_until` as well.
struct webhook_rotation {
  std::string sealed_secret;
  timestamp previous_until;
};

/// Everything a webhook actor asks of the database, so that its tests can run without one. Calls
/// return at once; completions come from any thread, once.
class webhook_store {
 public:
  static constexpr int pending_max = 32;               ///< tried deliveries in memory at once
  static constexpr int outbox_bytes_max = 256 * 1024;  ///< read at once, unless one is larger

  template <class T>
  using completion = std::function<void(result<T>)>;

  virtual ~webhook_store() = default;
  /// 404 if there is none. `bytes_max`: of the bodies of those set aside, unless the first is
  /// larger.
  virtual void load(const uuid& webhook, int bytes_max, completion<loaded_webhook> done) = 0;
  /// The first `events_max` events that wait, in their order, together at most outbox_bytes_max.
  /// What was read and is not recorded yet is read again.
  virtual void read(const uuid& webhook, int events_max, completion<outbox_page> done) = 0;
  /// In one commit. Idempotent. 404 if the subscription is gone.
  virtual void record(webhook_record what, completion<done> done) = 0;

  // -- for callers: answered with the JSON of the API; 404 if it is not the tenant's
  /// is_active true makes it active and forgets its failures, false disables it `by_hand`.
  virtual void edit(const uuid& tenant, const uuid& webhook, webhook_edit changes,
                    completion<std::string> done) = 0;
  virtual void remove(const uuid& tenant, const uuid& webhook, completion<done> done) = 0;
  virtual void rotate(const uuid& tenant, const uuid& webhook, webhook_rotation with,
                      completion<std::string> done) = 0;
  /// Makes a delivery that has ended pending again, aside and due now, with all its attempts.
  virtual void redeliver(const uuid& tenant, const uuid& webhook, const uuid& delivery,
                         completion<std::string> done) = 0;
  /// The same for all that failed at or after `since`; answers how many.
  virtual void redeliver_failed(const uuid& tenant, const uuid& webhook, timestamp since,
                                completion<int> done) = 0;
  /// A recorded delivery as the API shows it.
  virtual void show_delivery(const uuid& tenant, const uuid& webhook, const uuid& delivery,
                             completion<std::string> done) = 0;
};

/// The id of the delivery of `count` events, `first` to `last`, of a subscription: a UUID of
/// version 8 made from these, so that an attempt that is repeated after a crash has the same id,
/// and another set of events another one: events come into the outbox in between, but none goes
/// alone.
uuid delivery_id_of(const uuid& webhook, std::int64_t first, std::int64_t last, int count);

}  // namespace omnistream::actors
