#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/dispatch/fair_queue.hpp"
#include "actors/dispatch/rate_limiter.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What a dispatcher needs besides its messages.
struct dispatcher_environment {
  registry_actor registry;  ///< where outcomes go, addressed to their campaign
  message_sender* sender;   ///< outlives the actors
  wall_clock now;
  std::function<double()> jitter;   ///< uniform in [0, 1)
  std::size_t in_flight_max = 512;  ///< messages handed to the sender and not answered, per number
};

/// One phone number's way to Meta. It owns the pace: nothing reaches the sender but through its
/// limiter.
struct dispatcher_state {
  using pointer = dispatcher_actor::stateful_pointer<dispatcher_state>;
  static inline const char* name = "dispatcher";

  explicit dispatcher_state(pointer actor) : self(actor) {}

  void take_offer(const offer& from);
  void give_back(const uuid& campaign, bool asked);
  void begin_drain();
  void pump();  ///< sends as much as limiter and in-flight bound allow, then arms the timer
  void collect_results();  ///< what the sender's thread reported since the last time

  pointer self;
  dispatcher_environment environment;
  rate_limiter limiter{80};
  fair_queue queue;
  account_ptr account;
  std::size_t in_flight = 0;
  int refusals_in_a_row = 0;
  int troubles_in_a_row = 0;
  rate_limiter::time_point resting_until{};  ///< after a refusal
  bool draining = false;
  bool tick_armed = false;

 private:
  /// Results wait here between the sender's thread and the actor; one message wakes for many of
  /// them.
  struct result_box {
    std::mutex guard;
    std::vector<std::pair<uuid, send_outcome>> waiting;
  };
  void hand_to_sender(const uuid& campaign, send_item item);
  void judge(const send_result& result);
  void note_figures();  ///< for /metrics
  void report(std::map<uuid, std::vector<send_outcome>> by_campaign, bool withdrawal);

  std::shared_ptr<result_box> results_ = std::make_shared<result_box>();
};

dispatcher_actor::behavior_type dispatcher(dispatcher_state::pointer self,
                                           dispatcher_environment environment);

}  // namespace omnistream::actors
