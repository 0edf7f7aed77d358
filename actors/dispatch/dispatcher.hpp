#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/dispatch/fair_queue.hpp"
#include "actors/dispatch/number_figures.hpp"
#include "actors/dispatch/rate_limiter.hpp"
#include "actors/dispatch/send_budget.hpp"
#include "actors/dispatch/usual_latency.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What a dispatcher needs besides its messages.
struct dispatcher_environment {
  registry_actor registry;  ///< where outcomes go, addressed to who offered
  message_sender* sender;   ///< outlives the actors
  wall_clock now;
  std::function<double()> jitter;  ///< uniform in [0, 1)
  /// Nothing is sent before: a process that ended just now may have used the second up.
  rate_limiter::time_point first_send{};
  std::shared_ptr<send_budget> budget;  ///< of messages handed to the sender and not answered
};

/// One phone number's way to Meta, or that of a page, an Instagram account or an address of mails.
/// It owns the pace: nothing reaches the sender but through its
/// limiter.
struct dispatcher_state {
  using pointer = dispatcher_actor::stateful_pointer<dispatcher_state>;
  static inline const char* name = "dispatcher";

  explicit dispatcher_state(pointer actor) : self(actor) {}

  void take_offer(const offer& from);
  void give_back(const entity_address& entity, bool asked);
  void begin_drain();
  /// Takes in what the sender's thread reported, sends as much as limiter and budget allow, then
  /// arms the timer.
  void pump();

  pointer self;
  dispatcher_environment environment;
  rate_limiter limiter{80};
  fair_queue queue;
  account_ptr account;
  usual_latency latency;
  std::size_t in_flight = 0;
  int refusals_in_a_row = 0;
  int troubles_in_a_row = 0;
  rate_limiter::time_point resting_until{};  ///< after a refusal
  bool draining = false;
  bool tick_armed = false;

 private:
  /// One message on its way, and then what became of it.
  struct sending {
    entity_address from;
    send_outcome outcome;
    rate_limiter::time_point granted;
    timestamp began;
  };
  /// Results wait here between the sender's thread and the actor; one message wakes for many of
  /// them.
  struct result_box {
    std::mutex guard;
    std::vector<sending> waiting;
    bool tick_comes = false;  ///< soon, and takes what waits: no other message need wake the actor
  };
  /// What a campaign is told of its messages in the queue.
  struct supply {
    int low_water = 0;
    int left_queue = 0;     ///< not told yet
    bool told_low = false;  ///< since its last offer
  };
  void take_results();
  void send_allowed();
  std::size_t room() const;
  /// Mails take nothing of what is for messages to Meta.
  bool is_mail() const { return account != nullptr && account->channel == channel_kind::email; }
  void hand_to_sender(const entity_address& from, send_item item, rate_limiter::time_point granted);
  void tell_who_runs_low();
  void note_latencies(const std::vector<sending>& ended);
  void judge(const send_result& result);
  void report(const entity_address& to, std::vector<send_outcome> list, bool withdrawal);

  std::optional<number_figures> figures_;
  std::shared_ptr<result_box> results_ = std::make_shared<result_box>();
  /// Of the campaigns that have something in the queue or untold. Conversations offer one message
  /// at a time: its outcome tells them all.
  std::map<entity_address, supply> supplies_;
};

dispatcher_actor::behavior_type dispatcher(dispatcher_state::pointer self,
                                           dispatcher_environment environment);

}  // namespace omnistream::actors
