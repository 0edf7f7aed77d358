#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/webhook/delivery_sender.hpp"
#include "actors/webhook/event_budget.hpp"
#include "actors/webhook/outbox_window.hpp"
#include "actors/webhook/webhook_machine.hpp"

namespace omnistream::actors {

/// Times of a subscription's actor.
struct webhook_options {
  std::chrono::seconds idle_passivate{60};
  /// The same for one that waits for a retry and holds nothing. Not at once: every event for a dead
  /// subscriber would spawn and load it again.
  std::chrono::seconds asleep_passivate{5};
  /// How long successes wait for company before they are recorded together, and how many are not
  /// recorded at most: so many are delivered again when the process is lost.
  std::chrono::milliseconds record_linger{100};
  std::size_t unrecorded_max{256};
  int window_events{128};  ///< of the outbox in memory, unless a batch is larger
  /// How often the outbox is looked at for more while there is still something to send.
  std::chrono::milliseconds read_pause{20};
  std::chrono::milliseconds retry_store{500};  ///< pause before asking a database again
  /// When the server ends, answers are waited for no longer: events that were not answered for are
  /// delivered again after the next start, each with the same id, in batches of other company.
  std::chrono::milliseconds drain_patience{5'000};
};

/// What a subscription's actor needs besides its messages.
struct webhook_environment {
  webhook_store* store;     ///< outlives the actors
  delivery_sender* sender;  ///< outlives the actors
  registry_actor registry;
  wall_clock now;
  std::function<double()> jitter;  ///< uniform in [0, 1)
  webhook_options options;
  /// Of all subscriptions.
  std::shared_ptr<event_budget> budget = std::make_shared<event_budget>(64 * 1024 * 1024);
};

/// One subscription to outgoing webhooks: sends what waits in its outbox in order, judges every
/// attempt by the machine and records it. While all is well, deliveries leave beside each other, as
/// many as the pace allows, of one contact one at a time; otherwise there is one request at a time.
/// Spawned on first use, loads itself, holds no more than a window of its outbox, passivates.
struct webhook_actor_state {
  using pointer = entity_actor::stateful_pointer<webhook_actor_state>;
  static inline const char* name = "webhook";

  static constexpr std::size_t unrecorded_bytes_max = webhook_store::outbox_bytes_max;

  explicit webhook_actor_state(pointer actor) : self(actor) {}

  void begin(uuid webhook, webhook_environment with);
  void take_call(const entity_call& call);
  void look_again();  ///< something was committed to the outbox, or is due
  void timer(std::uint64_t number);
  void begin_drain();
  void go_on();                         ///< does whatever can be done now
  void count_call() { ++calls_seen_; }  ///< one message the registry passed on

  pointer self;
  uuid id;
  webhook_environment environment;

 private:
  /// A delivery in memory.
  struct outgoing {
    delivery what;
    std::vector<std::int64_t> events;  ///< of the outbox; none once it was recorded
    std::optional<uuid> contact_id;    ///< of the one event; none: nothing leaves beside it
  };
  struct flight {
    outgoing sent;
    attempt_kind kind;
    std::optional<delivery_result> arrived;
    timestamp ended_at{};  ///< when that arrived
  };
  /// What is to be committed together.
  struct recording {
    webhook_record what;
    std::size_t bytes = 0;
    bool urgent = false;  ///< nothing is sent before it is committed
    bool empty() const { return what.deliveries.empty() && !what.state; }
  };
  struct test_flight {
    delivery what;
    reply_ptr answer;
  };

  // -- life (webhook_actor.cpp)
  std::function<void(std::function<void()>)> on_actor();
  void load_if_needed();
  bool is_scarce() const;  ///< memory
  std::size_t held_bytes() const;
  void loaded(loaded_webhook from);
  void failed(const problem& why);
  void gone();
  bool away();
  void touch();
  void look_at(timestamp when);
  void look_after(std::chrono::milliseconds wait);
  bool at_rest() const;
  void rest();
  void sleep();
  void leave_after(std::chrono::milliseconds quiet, std::optional<timestamp> due);
  std::optional<timestamp> first_aside() const;
  bool is_disabled() const { return state_.status == webhook_status::disabled; }
  /// By the endpoint that there is now, which may take others. Nobody has asked for a new
  /// beginning.
  bool is_head_refused() const {
    return head_went_to_ == url_ && state_.status == webhook_status::retrying;
  }

  // -- sending (webhook_sending.cpp)
  void read();
  void send();
  bool send_alone();
  bool send_beside();
  bool may_leave_beside(const outbox_event& next) const;
  bool send_probe();
  bool send_in_order();
  bool send_aside();
  outgoing make_next();
  void fly(outgoing what, attempt_kind kind);
  void landed(const uuid& delivery, const delivery_result& with);
  bool is_under_way(const uuid& delivery) const;
  void recall();
  void judge_arrived();
  void judge_one(flight ended);
  void take_back(const flight& recalled);
  void keep(outgoing what, attempt_kind kind);
  void keep_aside(delivery what);
  void set_head_aside();
  void change_state(webhook_state next);
  void note(const delivery& what, const std::vector<std::int64_t>& events);
  void record();
  void recorded(const result<done>& committed);
  bool must_wait_for_record() const;
  bool has_patience() const;

  // -- commands (webhook_commands.cpp)
  void take_calls();
  void run(const entity_call& call);
  template <class T>
  std::function<void(result<T>)> finish(reply_ptr to, std::function<answer(const T&)> show);
  void remove(reply_ptr to);
  void test(reply_ptr to);
  void send_test();
  void test_ended(const delivery_result& outcome);
  void test_recorded(const result<done>& committed);

  // -- as loaded
  uuid tenant_id_;
  std::string url_;
  std::vector<std::string> secrets_;
  std::optional<timestamp> secrets_until_;
  int batch_max_ = 1;
  std::chrono::milliseconds batch_wait_{0};
  webhook_state state_;
  bool fresh_ = false;  ///< what was loaded still holds

  // -- what is to be sent
  std::deque<outgoing> ordered_;  ///< tried in vain, in order: the head, and perhaps a probe
  std::vector<delivery> asides_;
  bool more_aside_ = false;  ///< the database has others
  outbox_window window_;
  bool probing_ = false;  ///< the head was refused: try the next one
  std::string head_went_to_;
  bool aside_last_ = false;  ///< what was sent last
  webhook_pace pace_;
  timestamp read_last_{};
  std::optional<event_budget::share> share_;
  std::size_t reserved_ = 0;  ///< bytes that what is being read may have

  // -- what is under way
  std::vector<flight> flights_;  ///< as they left
  std::optional<test_flight> testing_;
  recording unrecorded_;
  std::optional<recording> recording_;
  timestamp unrecorded_since_{};
  std::deque<entity_call> calls_;
  bool loading_ = false;
  bool busy_ = false;  ///< a command is being committed

  // -- life
  std::optional<timestamp> away_until_;    ///< the database was away
  std::optional<timestamp> asleep_until_;  ///< holds nothing until then
  bool draining_ = false;
  timestamp drain_until_{};
  bool leaving_ = false;  ///< offered to the registry to be let go
  bool gone_ = false;     ///< has ended
  std::uint64_t calls_seen_ = 0;
  std::uint64_t timer_number_ = 0;
  std::optional<caf::actor_clock::time_point> timer_at_;
  timestamp last_active_{};
};

entity_actor::behavior_type webhook_actor(webhook_actor_state::pointer self, uuid webhook,
                                          webhook_environment environment);

}  // namespace omnistream::actors
