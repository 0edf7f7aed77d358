#include "actors/campaign/campaign_store_sql.hpp"

#include <algorithm>
#include <array>

#include "actors/campaign/recipient_selection.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::rows;
using storage::session;

problem not_draft() {
  return problems::wrong_state("campaign_not_draft", "Only a draft campaign can be changed.");
}

/// Columns of campaign_lock.
enum lock_column { locked_tenant, locked_claimed, locked_status, locked_cancelled };

bool is_over(const rows& locked) {
  const auto status = parse_campaign_status(locked.text(0, locked_status));
  return status == campaign_status::completed || status == campaign_status::failed ||
         status == campaign_status::cancelled;
}

/// The answer of a statement that moved recipients: sent, delivered, read, failed, uncertain,
/// cancelled.
using moves = std::array<std::int64_t, 6>;
moves moves_of(const rows& answer) {
  moves by{};
  for (int i = 0; i < 6; ++i) by[static_cast<std::size_t>(i)] = answer.integer(0, i);
  return by;
}

campaign_counters count(session& in, const uuid& campaign, const moves& by, int settled_seq) {
  const auto now = in.execute(sql::campaign_count, campaign, by[0], by[1], by[2], by[3], by[4],
                              by[5], settled_seq);
  if (now.empty()) return {};
  const auto at = [&now](int column) { return static_cast<int>(now.integer(0, column)); };
  return {at(0), at(1), at(2), at(3), at(4)};
}

std::optional<pause> pause_of(const rows& row, int code, int reason) {
  if (row.is_null(0, code)) return std::nullopt;
  return pause{std::string(row.text(0, code)), std::string(row.text(0, reason))};
}

/// Columns of campaign_load.
enum load_column {
  tenant,
  status,
  scheduled_at,
  total,
  sent,
  failed,
  uncertain,
  cancelled,
  claimed,
  settled,
  pause_code,
  pause_reason,
  template_name,
  template_language,
  template_status,
  components,
  header_media_url,
  template_waba,
  account_id,
  phone_number_id,
  account_waba,
  sealed_token,
  throughput,
  account_active,
  account_pause_code,
  account_pause_reason,
  retries_claimed
};

/// What stands in the way of sending, as one sentence for a person; nothing if all is ready.
std::optional<pause> obstacle(const rows& row) {
  const std::string name(row.text(0, template_name));
  if (row.text(0, template_status) != "APPROVED")
    return pause{"template_not_approved", "The template " + name + " is " +
                                              std::string(row.text(0, template_status)) +
                                              " at Meta; only an approved one can be sent."};
  if (row.is_null(0, account_id))
    return pause{
        "no_account",
        "There is no WhatsApp account to send from: name one in the campaign or make one the "
        "default."};
  if (!row.boolean(0, account_active))
    return pause{"account_inactive",
                 "The WhatsApp account is switched off; set is_active to go on."};
  if (auto refused = pause_of(row, account_pause_code, account_pause_reason)) return refused;
  if (row.text(0, template_waba) != row.text(0, account_waba))
    return pause{"template_of_other_account", "The template " + name +
                                                  " belongs to another WhatsApp Business account "
                                                  "than the number that should send it."};
  return std::nullopt;
}

loaded_campaign campaign_of(const rows& row, const campaign_store_options& options) {
  const auto number = [&row](int column) { return static_cast<int>(row.integer(0, column)); };
  loaded_campaign loaded;
  loaded.tenant_id = row.id(0, tenant);
  loaded.state.status = *parse_campaign_status(row.text(0, status));
  loaded.state.scheduled_at = row.optional_time(0, scheduled_at);
  loaded.state.total = number(total);
  loaded.state.sent = number(sent);
  loaded.state.failed = number(failed);
  loaded.state.uncertain = number(uncertain);
  loaded.state.cancelled = number(cancelled);
  loaded.state.paused = pause_of(row, pause_code, pause_reason);
  loaded.state.cannot_send = obstacle(row);
  loaded.claimed_seq = number(claimed);
  loaded.settled_seq = number(settled);
  loaded.retries_claimed = row.boolean(0, retries_claimed);
  loaded.source = {
      std::string(row.text(0, template_name)), std::string(row.text(0, template_language)),
      std::string(row.text(0, components)), std::string(row.text(0, header_media_url))};
  if (!row.is_null(0, account_id)) {
    auto account = std::make_shared<sending_account>();
    account->id = row.id(0, account_id);
    account->sender_id = std::string(row.text(0, phone_number_id));
    account->messages_per_second =
        row.is_null(0, throughput) ? options.default_messages_per_second : number(throughput);
    account->sealed_token = std::string(row.text(0, sealed_token));
    account->access_token = options.open_token(account->id, "access_token", account->sealed_token);
    if (!account->access_token && !loaded.state.cannot_send)
      loaded.state.cannot_send =
          pause{"no_token", "The account's access token cannot be read; save it again."};
    loaded.account = std::move(account);
  }
  return loaded;
}

std::vector<claimed_recipient> claimed_rows(const rows& from, bool retries) {
  std::vector<claimed_recipient> list;
  for (int i = 0; i < from.size(); ++i)
    list.push_back({static_cast<int>(from.integer(i, 0)), std::string(from.text(i, 1)),
                    std::string(from.text(i, 2)),
                    retries ? static_cast<int>(from.integer(i, 3)) : 0, retries});
  return list;
}

/// Outcomes as the columns that campaign_outcomes and campaign_hold take.
struct outcome_columns {
  std::vector<int> seq, status, code, held_seq, held_attempt, released;
  std::vector<std::optional<std::string>> external_id, message;
  std::vector<timestamp> at, held_due;
  std::vector<uuid> conversation_id;
  std::vector<std::string> held_kind;
  std::vector<std::optional<std::int64_t>> held_token;
  std::vector<int> opted_out;

  /// `ended`: the campaign is over, so nothing is kept for another try.
  explicit outcome_columns(const std::vector<recorded_outcome>& list, bool ended) {
    using kind = recorded_outcome::kind;
    for (const auto& one : list) {
      const auto what = ended && one.what == kind::retry ? kind::cancelled : one.what;
      seq.push_back(one.seq);
      status.push_back(static_cast<int>(what));
      external_id.push_back(one.external_id.empty() ? std::nullopt
                                                    : std::optional(one.external_id));
      code.push_back(one.error_code);
      message.push_back(one.error_message.empty() ? std::nullopt
                                                  : std::optional(one.error_message));
      at.push_back(one.at);
      if (what == kind::retry || what == kind::uncertain) {
        held_seq.push_back(one.seq);
        held_kind.push_back(what == kind::retry ? "retry" : "uncertain");
        held_attempt.push_back(one.attempt);
        held_token.push_back(one.claim_token);
        held_due.push_back(one.due_at);
      } else if (one.was_retry) {
        released.push_back(one.seq);
      }
      conversation_id.push_back(what == kind::sent ? uuid::v7(one.at) : uuid{});
      if (one.opt_out) opted_out.push_back(one.seq);
    }
  }
};

class sql_campaign_store final : public campaign_store {
 public:
  sql_campaign_store(storage::pool& pool, campaign_store_options options)
      : pool_(pool), options_(std::make_shared<const campaign_store_options>(std::move(options))) {}

  void load(const uuid& campaign, completion<loaded_campaign> done) override {
    pool_.submit(
        access::engine(),
        [campaign, options = options_](session& in) -> result<loaded_campaign> {
          const auto row = in.execute(sql::campaign_load, campaign);
          if (row.empty()) return problems::not_found("campaign");
          return campaign_of(row, *options);
        },
        std::move(done));
  }

  void show(const uuid& tenant_id, const uuid& campaign, completion<std::string> done) override {
    pool_.submit(
        access::tenant(tenant_id), [campaign](session& in) { return shown(in, campaign); },
        std::move(done));
  }

  void edit(const uuid& tenant_id, const uuid& campaign, campaign_edit changes,
            completion<std::string> done) override {
    pool_.submit(
        access::tenant(tenant_id),
        [campaign, changes](session& in) -> result<std::string> {
          const auto scheduled = changes.scheduled_at.value_or(std::nullopt);
          const auto account = changes.integration_account_id.value_or(std::nullopt);
          const auto changed =
              in.execute(sql::campaign_update, campaign, changes.name, changes.name.has_value(),
                         changes.template_id, changes.template_id.has_value(), scheduled,
                         changes.scheduled_at.has_value(), account,
                         changes.integration_account_id.has_value());
          if (changed.affected() == 0) return not_draft();
          return shown(in, campaign);
        },
        std::move(done));
  }

  void remove(const uuid& tenant_id, const uuid& campaign, completion<done> done) override {
    pool_.submit(
        access::tenant(tenant_id),
        [campaign](session& in) -> result<omnistream::done> {
          if (in.execute(sql::campaign_delete, campaign).affected() == 0) return not_draft();
          in.execute(sql::campaign_recipients_delete, campaign);
          return omnistream::done{};
        },
        std::move(done));
  }

  void add(const uuid& tenant_id, const uuid& campaign,
           std::shared_ptr<const recipients_to_add> recipients,
           completion<added_recipients> done) override {
    pool_.submit(
        access::tenant(tenant_id),
        [campaign, recipients, limit = options_->recipients_max](session& in) {
          return add_to_draft(in, campaign, *recipients, limit);
        },
        std::move(done));
  }

  void clear(const uuid& tenant_id, const uuid& campaign, completion<int> done) override {
    pool_.submit(
        access::tenant(tenant_id),
        [campaign](session& in) -> result<int> {
          if (in.execute(sql::campaign_recipients_cleared, campaign).affected() == 0)
            return not_draft();
          return static_cast<int>(in.execute(sql::campaign_recipients_delete, campaign).affected());
        },
        std::move(done));
  }

  void set_status(const uuid& campaign, campaign_status status, std::optional<uuid> account,
                  std::optional<pause> paused, completion<done> done) override {
    pool_.submit(
        access::engine(),
        [campaign, status, account, paused](session& in) {
          in.execute(sql::campaign_set_status, campaign, to_string(status), account);
          if (paused)
            in.execute(sql::campaign_set_pause, campaign, paused->code, paused->reason,
                       std::nullopt);
          return omnistream::done{};
        },
        std::move(done));
  }

  void set_pause(const uuid& campaign, std::optional<pause> why, std::optional<uuid> account,
                 completion<done> done) override {
    pool_.submit(
        access::engine(),
        [campaign, why, account](session& in) {
          in.execute(sql::campaign_set_pause, campaign,
                     why ? std::optional(why->code) : std::nullopt,
                     why ? std::optional(why->reason) : std::nullopt, account);
          return omnistream::done{};
        },
        std::move(done));
  }

  void pause_account(const account_ptr& account, pause why, completion<done> done) override {
    pool_.submit(
        access::engine(),
        [account, why](session& in) {
          whom_to_wake stopped;
          stopped.add(in.execute(sql::account_set_pause, account->id, why.code, why.reason,
                                 account->sealed_token));
          return stopped;
        },
        [tell = options_->stopped, done = std::move(done)](const result<whom_to_wake>& stopped) {
          if (!stopped) return done(stopped.error());
          tell(*stopped);
          done(omnistream::done{});
        });
  }

  void cancel(const uuid& campaign, std::vector<int> withdrawn, int settled_seq,
              completion<int> done) override {
    pool_.submit(
        access::engine(),
        [campaign, withdrawn, settled_seq](session& in) -> result<int> {
          const auto locked = in.execute(sql::campaign_lock, campaign);
          if (locked.empty()) return problems::not_found("campaign");
          if (is_over(locked) && locked.text(0, locked_status) != "cancelled")
            return problems::wrong_state("campaign_ended", "The campaign has ended.");
          if (is_over(locked)) return static_cast<int>(locked.integer(0, locked_cancelled));
          const auto list =
              cancelled_outcomes(withdrawn, in.execute(sql::campaign_drop_retries, campaign));
          in.execute(sql::campaign_release_holds, campaign, withdrawn);
          const auto by = record_rows(in, campaign, outcome_columns(list, true));
          count(in, campaign, by, settled_seq);
          const auto untouched = in.execute(sql::campaign_cancel_unclaimed, campaign).integer(0, 0);
          in.execute(sql::campaign_set_status, campaign, to_string(campaign_status::cancelled),
                     std::nullopt);
          return static_cast<int>(untouched + by[5]);
        },
        std::move(done));
  }

  void claim(const uuid& campaign, int from_seq, int at_most, std::int64_t token, timestamp now,
             completion<claimed_batch> done) override {
    pool_.submit(
        access::engine(),
        [campaign, from_seq, at_most, token, now,
         epoch = options_->epoch()](session& in) -> result<claimed_batch> {
          in.execute(sql::campaign_lock, campaign);
          claimed_batch batch;
          batch.recipients = claimed_rows(
              in.execute(sql::campaign_claim_retries, campaign, at_most, epoch, token, now), true);
          const int to = from_seq + at_most - static_cast<int>(batch.recipients.size());
          const auto cursor =
              in.execute(sql::campaign_claim, campaign, to, epoch, from_seq, from_seq + at_most);
          if (cursor.empty())
            return problems::conflict("not_ours", "The campaign is not being sent by this server.");
          batch.claimed_seq = static_cast<int>(cursor.integer(0, 0));
          auto fresh = claimed_rows(
              in.execute(sql::campaign_claimed_rows, campaign, from_seq, batch.claimed_seq), false);
          std::move(fresh.begin(), fresh.end(), std::back_inserter(batch.recipients));
          return batch;
        },
        std::move(done));
  }

  void record(const uuid& campaign, std::shared_ptr<const std::vector<recorded_outcome>> outcomes,
              int settled_seq, completion<campaign_counters> done) override {
    pool_.submit(
        access::engine(),
        [campaign, outcomes, settled_seq](session& in) -> result<campaign_counters> {
          const auto locked = in.execute(sql::campaign_lock, campaign);
          if (locked.empty()) return problems::not_found("campaign");
          const outcome_columns columns(*outcomes, is_over(locked));
          if (!columns.released.empty())
            in.execute(sql::campaign_release_holds, campaign, columns.released);
          const auto by = record_rows(in, campaign, columns);
          if (!columns.held_seq.empty())
            in.execute(sql::campaign_hold, campaign, columns.held_seq, columns.held_kind,
                       columns.held_attempt, columns.held_due, columns.held_token);
          if (!columns.opted_out.empty())
            in.execute(sql::campaign_opt_out, campaign, columns.opted_out);
          return count(in, campaign, by, settled_seq);
        },
        std::move(done));
  }

  void recover(const uuid& campaign, timestamp until, completion<campaign_counters> done) override {
    pool_.submit(
        access::engine(),
        [campaign, until](session& in) -> result<campaign_counters> {
          const auto locked = in.execute(sql::campaign_lock, campaign);
          if (locked.empty()) return problems::not_found("campaign");
          const auto by = moves_of(in.execute(sql::campaign_recover, campaign,
                                              "Uncertain: the server stopped before Meta's answer "
                                              "was recorded. It is not sent again; Meta's status "
                                              "will tell.",
                                              until));
          return count(in, campaign, by, static_cast<int>(locked.integer(0, locked_claimed)));
        },
        std::move(done));
  }

  void next_due(const uuid& campaign, completion<due_times> done) override {
    pool_.submit(
        access::engine(),
        [campaign](session& in) {
          const auto row = in.execute(sql::campaign_next_due, campaign);
          return due_times{row.optional_time(0, 0), row.optional_time(0, 1)};
        },
        std::move(done));
  }

  void give_up_uncertain(const uuid& campaign, timestamp now,
                         completion<campaign_counters> done) override {
    pool_.submit(
        access::engine(),
        [campaign, now](session& in) {
          in.execute(sql::campaign_lock, campaign);
          const auto by = moves_of(
              in.execute(sql::campaign_give_up_uncertain, campaign,
                         "Unconfirmed: the message was handed to Meta, but neither an answer nor "
                         "a status came in time. It was not sent again.",
                         now));
          return count(in, campaign, by, 0);
        },
        std::move(done));
  }

 private:
  static result<std::string> shown(session& in, const uuid& campaign) {
    const auto row = in.execute(sql::campaign_get, campaign);
    if (row.empty()) return problems::not_found("campaign");
    return std::string(row.text(0, 0));
  }

  static std::vector<recorded_outcome> cancelled_outcomes(const std::vector<int>& withdrawn,
                                                          const rows& retries) {
    std::vector<recorded_outcome> list;
    const auto add = [&list](int seq) {
      list.emplace_back().what = recorded_outcome::kind::cancelled;
      list.back().seq = seq;
    };
    for (const int seq : withdrawn) add(seq);
    for (int i = 0; i < retries.size(); ++i) add(static_cast<int>(retries.integer(i, 0)));
    return list;
  }

  static moves record_rows(session& in, const uuid& campaign, const outcome_columns& columns) {
    if (columns.seq.empty()) return {};
    return moves_of(in.execute(sql::campaign_outcomes, campaign, columns.seq, columns.status,
                               columns.external_id, columns.code, columns.message, columns.at,
                               columns.conversation_id));
  }

  storage::pool& pool_;
  /// Shared with jobs that may run when the store is gone.
  std::shared_ptr<const campaign_store_options> options_;
};

}  // namespace

std::unique_ptr<campaign_store> make_campaign_store(storage::pool& pool,
                                                    campaign_store_options options) {
  return std::make_unique<sql_campaign_store>(pool, std::move(options));
}

}  // namespace omnistream::actors
