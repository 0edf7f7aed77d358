#include "actors/ingest/recipient_statuses.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "actors/dispatch/meta_errors.hpp"
#include "actors/ingest/message_statuses.hpp"
#include "actors/ingest/wide_failures.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

/// Folded statuses as the columns of inbox_apply_statuses.
struct status_columns {
  std::vector<uuid> campaign;
  std::vector<int> seq, status;
  std::vector<std::string> external_id;
  std::vector<std::optional<timestamp>> sent_at, delivered_at, read_at;
  std::vector<std::optional<int>> code;
  std::vector<std::optional<std::string>> message;
  std::map<uuid, std::vector<int>> opted_out;  ///< by campaign: who refused marketing this way
  std::vector<wide_failure> wide;              ///< failures that concern more than their recipient

  void add(const folded_status& one) {
    campaign.push_back(one.recipient->campaign_id);
    seq.push_back(static_cast<int>(one.recipient->seq));
    status.push_back(status_number(one.status));
    external_id.push_back(one.wamid);
    sent_at.push_back(one.sent_at);
    delivered_at.push_back(one.delivered_at);
    read_at.push_back(one.read_at);
    const bool failed = one.status == message_status::failed;
    if (failed && classify(one.error) == send_action::opt_out)
      opted_out[campaign.back()].push_back(seq.back());
    if (auto concerns_more = wide_failure_of(one)) wide.push_back(std::move(*concerns_more));
    code.push_back(failed ? std::optional(one.error.code) : std::nullopt);
    message.push_back(failed ? std::optional(error_text(one.error)) : std::nullopt);
  }
};

/// A campaign as far as statuses of it can be true.
struct status_scope {
  int claimed_seq = 0;
  std::optional<std::string> phone_number_id;  ///< nothing if the account is gone
};

/// Locks the campaigns the updates name and says what is known of them.
std::map<uuid, status_scope> lock_campaigns(session& in,
                                            const std::vector<status_update>& updates) {
  std::set<uuid> named;
  for (const auto& update : updates)
    if (update.recipient) named.insert(update.recipient->campaign_id);
  std::map<uuid, status_scope> scopes;
  if (named.empty()) return scopes;
  const auto locked =
      in.execute(sql::inbox_lock_campaigns, std::vector<uuid>(named.begin(), named.end()));
  for (int i = 0; i < locked.size(); ++i)
    scopes[locked.id(i, 0)] = {static_cast<int>(locked.integer(i, 1)), locked.optional_text(i, 2)};
  return scopes;
}

/// Meta signs with the secret of the app that all tenants share, and whoever sends chooses the
/// callback data: only a status that came to the campaign's own number, of a recipient it has
/// handed over, is about it.
bool concerns(const status_update& update, const std::map<uuid, status_scope>& scopes) {
  if (!update.recipient) return false;
  const auto found = scopes.find(update.recipient->campaign_id);
  if (found == scopes.end()) return false;
  const auto& [claimed_seq, phone_number_id] = found->second;
  return static_cast<std::int64_t>(update.recipient->seq) <= claimed_seq &&
         (!phone_number_id || *phone_number_id == update.phone_number_id);
}

}  // namespace

void apply_statuses(session& in, std::vector<status_update> updates, whom_to_wake& to_wake,
                    applied_webhooks& did) {
  const auto scopes = lock_campaigns(in, updates);
  const auto others = std::stable_partition(updates.begin(), updates.end(),
                                            [&](const auto& one) { return concerns(one, scopes); });
  did.unknown += static_cast<std::size_t>(updates.end() - others);
  const auto messages = apply_message_statuses(in, {others, updates.end()}, to_wake);
  did.unknown -= messages.updates;
  updates.erase(others, updates.end());
  status_columns columns;
  for (const auto& one : fold_statuses(std::move(updates)).entries) columns.add(one);
  did.statuses += columns.seq.size() + messages.messages;
  if (columns.seq.empty()) return;
  const auto news = news_of(in, columns.wide);
  const auto changed = in.execute(
      sql::inbox_apply_statuses, columns.campaign, columns.seq, columns.status, columns.external_id,
      columns.sent_at, columns.delivered_at, columns.read_at, columns.code, columns.message);
  for (int i = 0; i < changed.size(); ++i)
    if (changed.boolean(i, 1)) to_wake.campaigns.insert(changed.id(i, 0));
  for (const auto& [id, seqs] : columns.opted_out) in.execute(sql::campaign_opt_out, id, seqs);
  pause_after(in, news, to_wake);
}

}  // namespace omnistream::actors
