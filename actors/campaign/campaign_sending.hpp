#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/campaign/campaign_store.hpp"
#include "actors/campaign/claim_ahead.hpp"
#include "actors/campaign/message_body.hpp"
#include "actors/campaign/outcome_record.hpp"
#include "actors/campaign/send_window.hpp"
#include "actors/dispatch/start_hold.hpp"
#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// Bounds and times of the campaign engine; from the settings.
struct campaign_options {
  int claim_batch_max = 1'000;  ///< recipients per claim
  std::chrono::seconds uncertain_timeout{
      300};  ///< how long to wait for Meta's word before giving up
  std::chrono::seconds idle_passivate{60};
  std::chrono::milliseconds look_interval{
      5'000};  ///< how often a sending campaign looks whether it still gets on
  /// How long outcomes wait for company before they are committed together; what is lost with the
  /// process meanwhile is uncertain.
  std::chrono::milliseconds record_linger{0};
  std::chrono::milliseconds retry_store{
      500};           ///< pause before asking a database again that was away
  start_hold hold{};  ///< when claims may begin
};

/// The sending half of a campaign's actor: claims, renders, offers to the dispatcher, records what
/// came back. Lives in the actor and is called on it only; completions come back through
/// `on_actor`.
class campaign_sending {
 public:
  struct hooks {
    std::function<void(std::function<void()>)> on_actor;  ///< any thread: run this on the actor
    std::function<void(std::chrono::milliseconds)> look_again;  ///< call look() after that time
    std::function<void(offer)> offer_items;
    std::function<void(withdraw)> take_back;
    std::function<void(const campaign_counters&)> counted;  ///< counters were committed
    std::function<void(wider_refusal)> stopped_by_meta;     ///< Meta refuses template or account
    std::function<double()> jitter;
  };

  campaign_sending(uuid campaign, campaign_store& store, campaign_options options, wall_clock now,
                   hooks with);

  /// Takes over what was loaded; `fresh`: the actor was just spawned, so nothing is in flight.
  void prepare(const loaded_campaign& from, bool fresh);
  void supply();  ///< begin or go on
  /// Stops claiming and takes back what waits at the dispatcher; what is in flight ends by itself.
  /// With `stopped` the caller gets the recipients given back and records them (see end());
  /// without, they wait for another try.
  void stop(std::function<void(std::vector<int>)> stopped = nullptr);
  /// How far the cursor is settled in a commit that records these (sorted) withdrawn ones.
  /// Nowhere while a crash of before is not accounted for.
  int settled_with(const std::vector<int>& withdrawn) const {
    return needs_recovery_ ? 0 : window_.settled_with(withdrawn);
  }
  /// The caller could not record what stop() gave back: it waits for another try.
  void release();
  /// The campaign is over and these were recorded as cancelled: late outcomes are recorded, nothing
  /// is tried again.
  void end(const std::vector<int>& recorded_as_cancelled);
  void take(const outcomes& report);
  void look();  ///< something may be due

  bool busy() const;  ///< something is in flight that must not be abandoned
  /// Whether next_due() is what the database says.
  bool due_known() const { return !asking_due_ && !due_unknown_; }
  std::optional<timestamp> next_due() const;
  bool exhausted() const;  ///< nothing to claim, in flight, or coming due is known

 private:
  void claim();
  void claimed(result<claimed_batch> batch);
  void claim_failed(const problem& why);
  void keep(recorded_outcome outcome);
  bool note_retries(const std::vector<claimed_recipient>& batch);
  void settle_claim();
  void hand_over(claimed_batch batch);
  void recover();
  void give_up();
  void ask_back();
  void finish_stop();
  void flush();
  bool lingers();
  void recorded(std::shared_ptr<const std::vector<recorded_outcome>> list,
                result<campaign_counters> counters);
  void refresh_due();
  void judge(const send_outcome& outcome);
  bool can_supply() const;
  bool retry_due() const;
  int window() const;

  uuid campaign_;
  campaign_store& store_;
  campaign_options options_;
  wall_clock now_;
  hooks with_;

  account_ptr account_;
  std::shared_ptr<const template_plan> plan_;
  std::string plan_error_;
  send_window window_;
  int total_ = 0;
  int sent_ = 0;
  bool running_ = false, ended_ = false;
  bool claiming_ = false, recording_ = false, recovering_ = false, needs_recovery_ = false,
       giving_up_ = false;
  std::int64_t claim_token_ =
      1;                         ///< names a claim until it is answered, so that it can be repeated
  int claim_at_most_ = 0;        ///< of the last claim
  bool claim_in_doubt_ = false;  ///< it may have been committed: to be asked again
  timestamp claim_began_{};
  claim_ahead ahead_;
  int with_dispatcher_ = 0;                   ///< offered and not reported
  int waiting_ = 0;                           ///< of these, in the dispatcher's queue
  std::string offered_number_;                ///< whose dispatcher has them
  std::vector<recorded_outcome> unrecorded_;  ///< reported and not committed
  std::optional<timestamp> unrecorded_since_;
  std::map<int, std::int64_t> retry_tokens_;  ///< by seq: the claims of the retries that are out
  std::set<int> superseded_;  ///< claimed again while their last outcome is being recorded
  std::vector<send_outcome> returned_;  ///< given back while stopping
  std::function<void(std::vector<int>)> stopped_;
  bool withdrawing_ = false, asked_back_ = false;
  due_times due_;
  bool asking_due_ = false, due_unknown_ = false;
};

}  // namespace omnistream::actors
