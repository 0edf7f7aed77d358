#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/campaign/campaign_sending.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What a campaign actor needs besides its messages.
struct campaign_environment {
  campaign_store* store;  ///< outlives the actors
  registry_actor registry;
  dispatcher_pool_actor dispatchers;
  wall_clock now;
  std::function<double()> jitter;  ///< uniform in [0, 1)
  campaign_options options;
};

/// One campaign: carries out one command at a time, each decided by the machine and committed
/// before it is answered, and keeps its number's dispatcher supplied while it is sending. Spawned
/// on first use, loads itself, passivates.
struct campaign_actor_state {
  using pointer = entity_actor::stateful_pointer<campaign_actor_state>;
  static inline const char* name = "campaign";

  explicit campaign_actor_state(pointer actor) : self(actor) {}

  void begin(uuid campaign, campaign_environment with);
  void take_call(const entity_call& call);
  void take_report(const outcomes& report);
  void timer(std::uint64_t number);
  void look();     ///< something may be due
  void changed();  ///< account, template or rows changed elsewhere: load again
  void begin_drain();
  void end_if_drained();
  void count_call() { ++calls_seen_; }  ///< one message the registry passed on

  pointer self;
  uuid id;
  campaign_environment environment;
  std::unique_ptr<campaign_sending> sending;

 private:
  /// One thing to decide on: a caller's command, or something that happened.
  struct job {
    campaign_event event = campaign_event::progressed;
    std::optional<entity_call> call;
    std::optional<wider_refusal> refused;  ///< for stopped_by_meta
  };
  struct waiter {
    reply_ptr answer;
    timestamp until;
  };

  // -- life (campaign_actor.cpp)
  void load(std::function<void(const problem*)> then);
  void loaded(const loaded_campaign& from, std::uint64_t counted_before);
  void lost(const problem& why);
  void reload();
  void look_again_at_database();
  void touch();
  void notice();
  void arm();
  std::function<void(std::function<void()>)> on_actor();
  void look_after(std::chrono::milliseconds wait);
  bool resting() const;
  void offer_to_leave();
  campaign_sending::hooks make_hooks();

  // -- decisions (campaign_commands.cpp)
  void next();
  void begin_job(job what);
  void decide_on(job what);
  void carry_out(const entity_call& call);
  void edit(const campaign_edit& changes, reply_ptr to);
  void remove(reply_ptr to);
  void add(const add_recipients& what, reply_ptr to);
  void clear(reply_ptr to);
  void cancel(const campaign_decision& decision, reply_ptr to);
  void cancelled_now(const campaign_decision& decision, const std::vector<int>& withdrawn,
                     int cancelled, const reply_ptr& to);
  void not_cancelled(const problem& why, const reply_ptr& to);
  void commit(const campaign_decision& decision, std::function<void(const problem*)> then);
  void run_effects(const campaign_decision& decision, const std::optional<entity_call>& call);
  void finish(const reply_ptr& to, result<answer> what);
  bool is_queued(campaign_event event) const;
  void tell(campaign_event event, std::optional<wider_refusal> refused = std::nullopt);
  bool is_mended(const wider_refusal& refused) const;
  void answer_waiters();
  answer progress() const;

  std::optional<campaign_state> state_;  ///< nothing until loaded
  uuid tenant_id_;
  account_ptr account_;
  std::deque<job> jobs_;
  std::vector<waiter> waiters_;
  bool loading_ = false;  ///< a load is under way
  bool busy_ = false;     ///< a decision is being committed; the next job waits
  bool taking_ = false;   ///< next() is at work
  bool reload_ = false;   ///< load before the next job: something changed elsewhere
  bool stale_ = false;    ///< load soon: a commit failed, or counters crossed a load
  bool pausing_ = false;  ///< Meta's refusal is told and not decided on yet
  bool draining_ = false;
  bool leaving_ = false;  ///< offered to the registry to be let go
  std::uint64_t calls_seen_ = 0;
  std::uint64_t counted_ = 0;  ///< how often counters were committed
  std::uint64_t timer_number_ = 0;
  std::optional<caf::actor_clock::time_point> timer_at_;
  timestamp last_active_{};
};

entity_actor::behavior_type campaign_actor(campaign_actor_state::pointer self, uuid campaign,
                                           campaign_environment environment);

}  // namespace omnistream::actors
