#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>

#include "actors/conversation/conversation_store.hpp"
#include "actors/dispatch/start_hold.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// Times of the sending of conversations; from the settings.
struct conversation_options {
  std::chrono::seconds uncertain_timeout{
      300};  ///< how long to wait for Meta's word before giving up
  std::chrono::milliseconds retry_store{
      500};           ///< pause before asking a database again that was away
  start_hold hold{};  ///< when claims may begin
};

/// The sending half of a conversation's actor. One message at a time: it is claimed, handed to the
/// dispatcher, and its outcome recorded, before the next one is looked at, so that people read them
/// in the order in which they were written. Lives in the actor and is called on it only;
/// completions come back through `on_actor`.
class conversation_sending {
 public:
  struct hooks {
    std::function<void(std::function<void()>)> on_actor;  ///< any thread: run this on the actor
    std::function<void(std::chrono::milliseconds)> look_again;  ///< call look() after that time
    std::function<void(timestamp)> wake_at;  ///< wake the entity then, whether or not it lives
    std::function<void(offer)> offer_items;
    std::function<void(const std::string& sender_id)> take_back;  ///< what was offered there
    std::function<double()> jitter;
  };

  conversation_sending(uuid conversation, conversation_store& store, conversation_options options,
                       wall_clock now, hooks with);

  void supply();  ///< something may wait to be sent
  /// Its account may have changed: what is not on its way yet is taken back and looked at again.
  void reconsider();
  void take(const outcomes& report);
  void look();        ///< try again what the database could not do
  void stop();        ///< nothing more is handed over; what is on its way ends by itself
  bool busy() const;  ///< something is in flight that must not be abandoned

 private:
  /// An outcome that waits to be recorded.
  struct unrecorded {
    recorded_message what;
    account_ptr account;
    std::optional<pause> refused;
  };
  void ask();
  void hold(std::chrono::milliseconds wait);
  void found(const result<outgoing_work>& work);
  void hand_over(const claimed_message& message);
  void give_back(const claimed_message& message);
  void flush();
  void recorded(const result<done>& outcome);

  uuid conversation_;
  conversation_store& store_;
  conversation_options options_;
  wall_clock now_;
  hooks with_;

  uuid token_;             ///< names a claim until it is answered, so that it can be repeated
  bool fresh_ = true;      ///< nothing was answered yet
  bool wanted_ = false;    ///< ask when nothing else is under way
  bool in_doubt_ = false;  ///< a claim may have been committed: to be asked again
  bool asking_ = false, recording_ = false, stopped_ = false;
  bool held_ = false;                   ///< it asks when the server's first second is over
  std::optional<int> with_dispatcher_;  ///< the message that is offered and not reported
  int offered_attempt_ = 0;             ///< of that
  bool offered_repeatable_ = false;     ///< of that
  std::string offered_to_;              ///< whose dispatcher has it, by the account's sender_id
  std::deque<unrecorded> unrecorded_;
};

}  // namespace omnistream::actors
