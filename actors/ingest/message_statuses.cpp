#include "actors/ingest/message_statuses.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "actors/campaign/campaign_machine.hpp"
#include "actors/dispatch/meta_errors.hpp"
#include "config/base/log.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

/// Folded statuses as the columns of inbox_apply_message_statuses.
struct message_columns {
  std::vector<std::optional<uuid>> message;
  std::vector<std::string> external_id, phone_number_id;
  std::vector<int> status;
  std::vector<std::optional<timestamp>> delivered_at, read_at;
  std::vector<std::optional<int>> code;
  std::vector<std::optional<std::string>> text;

  void add(const folded_status& one) {
    const bool failed = one.status == message_status::failed;
    message.push_back(one.message);
    external_id.push_back(one.wamid);
    phone_number_id.push_back(one.phone_number_id);
    status.push_back(status_number(one.status));
    delivered_at.push_back(one.delivered_at);
    read_at.push_back(one.read_at);
    code.push_back(failed ? std::optional(one.error.code) : std::nullopt);
    text.push_back(failed ? std::optional(error_text(one.error)) : std::nullopt);
  }
};

/// A failure that is news, whose reason concerns more than its message: by the same table as a
/// refusal in Meta's reply.
void act_on_failure(session& in, const uuid& conversation, const folded_status& failed,
                    whom_to_wake& to_wake) {
  const auto action = classify(failed.error);
  if (action == send_action::opt_out) in.execute(sql::outgoing_opt_out, conversation);
  if (action != send_action::pause_account || !failed.failed_at) return;
  const auto reason = error_text(failed.error);
  const auto stopped = in.execute(sql::inbox_pause_account_of_conversation, conversation,
                                  account_refused, reason, *failed.failed_at);
  if (stopped.empty()) return;
  log::warn("inbox", "Meta's status pauses sending",
            {{"conversation_id", conversation.to_string()},
             {"code", account_refused},
             {"reason", reason}});
  to_wake.add(stopped);
}

}  // namespace

applied_message_statuses apply_message_statuses(session& in, std::vector<status_update> updates,
                                                whom_to_wake& to_wake) {
  std::erase_if(updates, [](const auto& one) { return one.recipient.has_value(); });
  if (updates.empty()) return {};
  std::unordered_map<std::string_view, std::size_t> updates_of;
  for (const auto& one : updates) ++updates_of[one.wamid];
  const auto folded = fold_statuses(updates).entries;
  message_columns columns;
  for (const auto& one : folded) columns.add(one);
  // One row for each message of ours: its place in the list, its conversation, and whether it is
  // failed since now.
  const auto known = in.execute(sql::inbox_apply_message_statuses, columns.message,
                                columns.external_id, columns.phone_number_id, columns.status,
                                columns.delivered_at, columns.read_at, columns.code, columns.text);
  applied_message_statuses did;
  did.messages = static_cast<std::size_t>(known.size());
  for (int i = 0; i < known.size(); ++i) {
    const auto& one = folded[static_cast<std::size_t>(known.integer(i, 0)) - 1];
    did.updates += updates_of[one.wamid];
    if (known.boolean(i, 2)) act_on_failure(in, known.id(i, 1), one, to_wake);
  }
  return did;
}

}  // namespace omnistream::actors
