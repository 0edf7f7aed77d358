#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/time.hpp"

namespace omnistream::actors {

/// A campaign's status, named as the API names it. completed, failed and cancelled are final.
enum class campaign_status : std::uint8_t {
  draft,
  scheduled,
  sending,
  completed,
  failed,
  cancelled
};
std::string_view to_string(campaign_status status);
std::optional<campaign_status> parse_campaign_status(std::string_view text);

/// The code of a pause for which Meta's refusal of the account is the reason.
inline constexpr const char* account_refused = "account_refused";

/// The code of a pause for which Meta's refusal of the template is the reason. Nothing in the
/// database tells when that is over: it ends when the template's status changes or a person
/// resumes.
inline constexpr const char* template_refused = "template_refused";

/// Why a campaign, or a whole account, does not send although it should.
struct pause {
  std::string code;    ///< stable: account_paused, template_not_approved, ...
  std::string reason;  ///< one sentence for a person: what happened and what to do
  bool operator==(const pause&) const = default;
};

/// Everything the machine decides on, as it was last committed.
struct campaign_state {
  campaign_status status = campaign_status::draft;
  std::optional<timestamp> scheduled_at;
  int total = 0;  ///< recipients
  int sent = 0;   ///< of these: sent, delivered or read
  int failed = 0;
  int uncertain = 0;  ///< handed to Meta, no word yet
  int cancelled = 0;
  std::optional<pause> paused;  ///< only while sending
  std::optional<pause>
      cannot_send;  ///< what stands in the way now: template or account; nothing if ready

  /// Recipients that have no outcome at all yet.
  int open() const { return total - sent - failed - uncertain - cancelled; }
};

/// What a campaign can be asked or told.
enum class campaign_event : std::uint8_t {
  edit,    ///< a person changes the draft
  remove,  ///< a person deletes the draft
  add_recipients,
  clear_recipients,
  send,  ///< a person sends, schedules or resumes
  cancel,
  due,                   ///< scheduled_at may have come
  progressed,            ///< counters moved
  surroundings_changed,  ///< account or template changed; cannot_send is fresh
  stopped_by_meta,       ///< Meta refused for a reason that concerns the account or the template
};
std::string_view to_string(campaign_event event);

/// What the actor does after it has committed the changes.
enum class campaign_effect : std::uint8_t {
  carry_out,     ///< the edit, removal or change of recipients itself
  arm_schedule,  ///< be woken at scheduled_at
  supply,        ///< keep the dispatcher supplied
  withdraw,      ///< take back what the dispatcher has not sent yet
  answer_scheduled,
  answer_progress,  ///< answer when the campaign ends or the caller has waited long enough
};

/// The machine's answer: a refusal, or changes to commit and effects to run, in this order.
struct campaign_decision {
  std::optional<problem> refused;
  std::optional<campaign_status> status;       ///< becomes this
  std::optional<std::optional<pause>> paused;  ///< becomes this; inner nothing: no longer paused
  std::vector<campaign_effect> effects;
};

/// The campaign's state machine: pure, total (every event in every state has an answer),
/// deterministic. `meta_pause` is read for stopped_by_meta only.
campaign_decision decide(const campaign_state& state, campaign_event event, timestamp now,
                         const std::optional<pause>& meta_pause = std::nullopt);

/// The state after a decision's changes.
campaign_state apply(campaign_state state, const campaign_decision& decision);

}  // namespace omnistream::actors
