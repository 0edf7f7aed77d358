#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "actors/campaign/campaign_machine.hpp"
#include "actors/conversation/message_draft.hpp"
#include "actors/dispatch/message_sender.hpp"
#include "actors/dispatch/outcome_verdict.hpp"
#include "actors/interfaces.hpp"
#include "config/base/result.hpp"
#include "config/base/time.hpp"

namespace omnistream::actors {

/// How long after a person wrote Meta takes any message.
inline constexpr std::chrono::hours service_window{24};
/// The same on Messenger and Instagram for an answer of a person, with the tag HUMAN_AGENT.
inline constexpr std::chrono::hours human_agent_window{7 * 24};
/// Messages of one conversation that wait to be sent, or for Meta's word on whether they were.
inline constexpr int waiting_messages_max = 100;

/// All that decides whether a message can be sent in a conversation, as the database has it.
struct message_surroundings {
  std::string channel;
  std::optional<timestamp> last_inbound_at;
  message_addressee contact;
  bool has_account = true;  ///< false: the account was deleted
  bool account_active = true;
  std::optional<std::string> account_paused;  ///< the reason, for a person
  int waiting = 0;
};

/// Why the message cannot be sent now: 422 if the channel does not take it, else 409; nothing if it
/// can. Pure.
std::optional<problem> refuse_message(const message_surroundings& in, const message_draft& what,
                                      timestamp now);
/// Whether a person wrote so lately; always if there is no `window`.
bool window_is_open(const std::optional<std::chrono::hours>& window,
                    const std::optional<timestamp>& last_inbound_at, timestamp now);

/// What became of a message that was handed to the dispatcher, ready to be recorded.
/// `external_id` is empty where we named it ourselves.
struct recorded_message : outcome_verdict {
  int number = 0;
};

/// An outcome as judge_outcome() judges it for a person who answers.
recorded_message to_record(const send_outcome& outcome, timestamp uncertain_until, double jitter);
/// How often a message that may be sent twice is, where Meta does not answer.
inline constexpr int repeats_max = 3;
/// What came of such a message: as long as it may be sent again it is, instead of being uncertain.
send_outcome unless_uncertain(send_outcome outcome);
/// Why nothing more goes through the account; nothing if it may.
std::optional<pause> account_pause_of(const send_outcome& outcome);

}  // namespace omnistream::actors
