#include "actors/ingest/wide_failures.hpp"

#include <string>

#include "actors/dispatch/meta_errors.hpp"
#include "config/base/log.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {

namespace sql = storage::queries;

std::optional<wide_failure> wide_failure_of(const folded_status& status) {
  if (status.status != message_status::failed || !status.recipient || !status.failed_at)
    return std::nullopt;
  const auto action = classify(status.error);
  const bool of_account = action == send_action::pause_account;
  if (!of_account && action != send_action::pause_campaign) return std::nullopt;
  return wide_failure{
      *status.recipient, *status.failed_at,
      pause{of_account ? account_refused : template_refused, error_text(status.error)}, of_account};
}

std::vector<wide_failure> news_of(storage::session& in, const std::vector<wide_failure>& all) {
  std::vector<wide_failure> news;
  if (all.empty()) return news;
  std::vector<uuid> campaigns;
  std::vector<int> seqs;
  for (const auto& one : all) {
    campaigns.push_back(one.recipient.campaign_id);
    seqs.push_back(static_cast<int>(one.recipient.seq));
  }
  const auto places = in.execute(sql::inbox_not_failed_yet, campaigns, seqs);
  for (int i = 0; i < places.size(); ++i)
    news.push_back(all[static_cast<std::size_t>(places.integer(i, 0)) - 1]);
  return news;
}

void pause_after(storage::session& in, const std::vector<wide_failure>& news,
                 whom_to_wake& to_wake) {
  for (const auto& one : news) {
    const auto& which = one.of_account ? sql::inbox_pause_account : sql::inbox_pause_campaign;
    const auto stopped =
        in.execute(which, one.recipient.campaign_id, one.why.code, one.why.reason, one.at);
    if (stopped.empty()) continue;
    log::warn("inbox", "Meta's status pauses sending",
              {{"campaign_id", one.recipient.campaign_id.to_string()},
               {"code", one.why.code},
               {"reason", one.why.reason}});
    to_wake.add(stopped);
  }
}

}  // namespace omnistream::actors
