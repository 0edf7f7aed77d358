#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/ingest/inbox_store.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// One webhook as it came, its signature already checked.
struct webhook_received {
  std::shared_ptr<const std::string> payload;
  reply_ptr answer;  ///< 200 once it is committed
  webhook_source source = webhook_source::meta;
};

/// INTERNAL: remove what was set aside long ago.
struct tidy {};

/// INTERNAL: try again what was set aside and is due.
struct try_again {};

/// Commits webhooks before they are answered, then applies them in order. What cannot be applied is
/// set aside and tried again after a start and now and then.
using inbox_actor = caf::typed_actor<caf::reacts_to<webhook_received>,
                                     caf::reacts_to<step>,  ///< INTERNAL: a database job has ended
                                     caf::reacts_to<tick>,  ///< INTERNAL: try again
                                     caf::reacts_to<tidy>, caf::reacts_to<try_again>,
                                     caf::replies_to<drain>::with<bool>>;  ///< true when everything
                                                                           ///< taken is applied

struct inbox_environment {
  inbox_store* store;  ///< outlives the actors
  registry_actor registry;
  wall_clock now;
  /// See engine_options::ask_names.
  std::function<void(const std::vector<uuid>& conversations)> ask_names{};
  std::size_t waiting_payloads_max =
      20'000;  ///< taken and not yet applied; more are refused with 503
  std::size_t waiting_bytes_max = 128u << 20;      ///< of Meta's
  std::size_t waiting_mail_bytes_max = 64u << 20;  ///< of mails
  std::size_t commit_payloads_max =
      1'000;  ///< per commit, both of raw payloads and of what they say
  std::size_t commit_bytes_max = 8u << 20;  ///< the same; one payload may be larger
  std::chrono::milliseconds retry_store{500};
  std::chrono::hours set_aside_kept{24 * 30};  ///< then it is removed
  std::chrono::hours tidy_every{1};
  std::chrono::seconds try_again_every{60};
};

/// Group commit: while one batch is being committed the next one gathers, so the number of commits
/// does not grow with the number of webhooks.
struct inbox_state {
  using pointer = inbox_actor::stateful_pointer<inbox_state>;
  static inline const char* name = "inbox";

  explicit inbox_state(pointer actor) : self(actor) {}

  void take(const webhook_received& webhook);
  void store_next();
  void apply_next();
  void rest();
  void catch_up();
  void retry();
  void remove_old();
  void look_for_due();
  caf::result<bool> begin_drain();

  pointer self;
  inbox_environment environment;

 private:
  std::function<void(std::function<void()>)> on_actor();
  void look_for_lost();
  void keep(stored_webhook webhook);
  void stored(const std::vector<webhook_received>& batch,
              const result<std::vector<std::int64_t>>& ids);
  void applied(const std::vector<stored_webhook>& batch, const result<applied_webhooks>& outcome);
  void apply_apart(const stored_webhook& webhook);
  void applied_apart(const stored_webhook& webhook, const result<applied_webhooks>& outcome);
  bool apply_again();
  void tried_again(const result<applied_again>& outcome);
  void forget(const std::vector<stored_webhook>& batch);
  void tell(const applied_webhooks& did);
  void tell_again(applied_webhooks did);
  std::size_t& waiting_bytes(webhook_source source);
  bool has_room_for(const webhook_received& webhook);
  void set_aside(const stored_webhook& webhook, const problem& why);
  void note_lag(const stored_webhook& webhook) const;
  void end_if_drained();

  std::deque<webhook_received> unstored_;
  struct committed {
    stored_webhook webhook;
    timestamp at;  ///< when it was committed, or found again after a start
  };
  std::map<std::int64_t, committed> unapplied_;  ///< by inbox id, so in their order
  std::size_t being_stored_ = 0;
  std::size_t waiting_bytes_ = 0, waiting_mail_bytes_ = 0;
  bool storing_ = false, applying_ = false, caught_up_ = false;
  bool resting_ = false;                    ///< between two applications
  bool is_due_ = false;                     ///< what was set aside is to be looked at
  static constexpr int again_at_most = 10;  ///< of that, in one commit
  int again_at_once_ = again_at_most;
  bool after_start_ = true;
  bool was_due_ = false;  ///< such were tried last: now it is the turn of what came
  timestamp apply_began_{};
  bool catching_up_ = false;
  std::int64_t one_by_one_to_ = 0;  ///< up to here it looks for the one that cannot be applied
  std::int64_t caught_up_to_ = 0;
  std::int64_t stored_to_ = 0;  ///< the last id that is known
  std::optional<caf::typed_response_promise<bool>> drained_;
};

inbox_actor::behavior_type inbox(inbox_state::pointer self, inbox_environment environment);

}  // namespace omnistream::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::webhook_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::tidy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::try_again)
