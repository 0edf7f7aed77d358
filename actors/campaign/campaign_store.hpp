#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/campaign/campaign_machine.hpp"
#include "actors/campaign/message_body.hpp"
#include "actors/dispatch/sending_account.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// A campaign as its actor loads it.
struct loaded_campaign {
  uuid tenant_id;
  campaign_state state;
  int claimed_seq = 0;
  int settled_seq = 0;
  bool retries_claimed = false;  ///< a claim of retries was not followed by their outcomes
  account_ptr account;           ///< null if there is none to send from
  template_source source;
};

/// A recipient that is claimed: it may be handed to Meta, and nobody else will.
struct claimed_recipient {
  int seq = 0;
  std::string phone_number;
  std::string variables_json;
  int attempt = 0;     ///< how often it was tried before
  bool retry = false;  ///< claimed from its hold, not through the cursor
};
struct claimed_batch {
  int claimed_seq = 0;  ///< the cursor after this claim
  std::vector<claimed_recipient> recipients;
};

/// What became of one claimed recipient, ready to be recorded.
struct recorded_outcome {
  enum class kind : std::uint8_t {
    uncertain = 1,
    sent = 2,
    failed = 5,
    cancelled = 6,
    retry = 0
  } what = kind::sent;
  int seq = 0;
  bool was_retry = false;
  /// Of a retry: the claim it came by. A hold that another claim has taken since is left alone, so
  /// that recording again what was recorded already does not release what is being sent.
  std::optional<std::int64_t> claim_token;
  std::string external_id;  ///< when sent
  int error_code = 0;
  std::string error_message;
  timestamp at{};
  int attempt = 0;       ///< for retry: tries so far
  timestamp due_at{};    ///< for retry: not before; for uncertain: given up after
  bool opt_out = false;  ///< the contact asked not to get such messages
};

/// The counters after something was recorded, webhooks included.
struct campaign_counters {
  int total = 0, sent = 0, failed = 0, uncertain = 0, cancelled = 0;
};

/// When something of a campaign's holds comes due.
struct due_times {
  std::optional<timestamp> retry;
  std::optional<timestamp> uncertain;
};

/// One number to be added, already E.164.
struct new_recipient {
  std::string phone_number;
  std::optional<std::string> variables_json;
};
/// A call's recipients: numbers, and contacts selected by id or tag with the variables given for
/// their numbers.
struct recipients_to_add {
  std::vector<new_recipient> numbers;
  std::vector<uuid> contact_ids;
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>>
      variables;    ///< number -> JSON, for selected contacts; sorted
  int skipped = 0;  ///< numbers already dropped by the caller as repetitions
};
struct added_recipients {
  int added = 0;
  int skipped = 0;  ///< duplicates, and contacts without a number or who opted out
  int total = 0;    ///< the campaign's recipients now
};

/// A draft's changes; outer nothing: not mentioned, inner nothing: cleared.
struct campaign_edit {
  std::optional<std::string> name;
  std::optional<uuid> template_id;
  std::optional<std::optional<timestamp>> scheduled_at;
  std::optional<std::optional<uuid>> integration_account_id;
};

/// A completion that may be called from any thread, once.
template <class T>
using completion = std::function<void(result<T>)>;

/// Everything a campaign actor asks of the database, so that its tests can run without one. Calls
/// return at once.
class campaign_store {
 public:
  virtual ~campaign_store() = default;
  virtual void load(const uuid& campaign, completion<loaded_campaign> done) = 0;
  /// The campaign as the API shows it.
  virtual void show(const uuid& tenant, const uuid& campaign, completion<std::string> done) = 0;
  virtual void edit(const uuid& tenant, const uuid& campaign, campaign_edit changes,
                    completion<std::string> done) = 0;
  virtual void remove(const uuid& tenant, const uuid& campaign, completion<done> done) = 0;
  virtual void add(const uuid& tenant, const uuid& campaign,
                   std::shared_ptr<const recipients_to_add> recipients,
                   completion<added_recipients> done) = 0;
  virtual void clear(const uuid& tenant, const uuid& campaign, completion<int> done) = 0;
  /// Commits a new status, and which account it uses from now on.
  virtual void set_status(const uuid& campaign, campaign_status status, std::optional<uuid> account,
                          std::optional<pause> paused, completion<done> done) = 0;
  /// Commits a pause or its end, and which account it uses from now on if it has none yet.
  virtual void set_pause(const uuid& campaign, std::optional<pause> why,
                         std::optional<uuid> account, completion<done> done) = 0;
  /// Not if the account has another token by now.
  virtual void pause_account(const account_ptr& account, pause why, completion<done> done) = 0;
  /// Cancels: status, everything unclaimed and all retries. Answers how many recipients of the
  /// campaign are cancelled, counting `withdrawn`, which are recorded as cancelled in the same
  /// commit. Idempotent: cancelling again changes nothing.
  virtual void cancel(const uuid& campaign, std::vector<int> withdrawn, int settled_seq,
                      completion<int> done) = 0;
  /// Claims retries that are due at `now`, then moves the cursor from `from_seq` by what is left of
  /// `at_most`. Committed when it answers. Idempotent for the same `from_seq`, `at_most` and
  /// `token`: an answer that got lost is simply asked for again. 409 if the campaign is not being
  /// sent (by this process) any more.
  virtual void claim(const uuid& campaign, int from_seq, int at_most, std::int64_t token,
                     timestamp now, completion<claimed_batch> done) = 0;
  /// Records outcomes with their counters, holds and conversations in one commit. Nothing is held
  /// for another try when the campaign is over by then: that becomes cancelled. What a webhook has
  /// settled meanwhile is not held either.
  virtual void record(const uuid& campaign,
                      std::shared_ptr<const std::vector<recorded_outcome>> outcomes,
                      int settled_seq, completion<campaign_counters> done) = 0;
  /// After a crash: marks what was claimed and not recorded as uncertain until `until`.
  virtual void recover(const uuid& campaign, timestamp until,
                       completion<campaign_counters> done) = 0;
  virtual void next_due(const uuid& campaign, completion<due_times> done) = 0;
  /// Fails the uncertain ones of which nothing was heard until `now`.
  virtual void give_up_uncertain(const uuid& campaign, timestamp now,
                                 completion<campaign_counters> done) = 0;
};

}  // namespace omnistream::actors
