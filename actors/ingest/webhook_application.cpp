#include "actors/ingest/webhook_application.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/ingest/account_news.hpp"
#include "actors/ingest/attempt.hpp"
#include "actors/ingest/channel_messages.hpp"
#include "actors/ingest/inbound_batch.hpp"
#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/recipient_statuses.hpp"
#include "actors/ingest/webhook_contents.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

constexpr std::size_t causes_told_max = 10;  ///< of one webhook
constexpr const char* too_late = "it could not be applied in time; newer news may have come since";
constexpr const char* whole_payload = "the payload";  ///< the part that a webhook is if unreadable
constexpr const char* unread_entries = "entries";     ///< the part that is none

/// Applies contents in one transaction, a batch of them or a part.
class application {
 public:
  explicit application(session& in) : in_(in), accounts_(in) {}

  void apply(webhook_contents all) {
    const auto now = system_now();
    auto received = messages_in(all, now);
    const auto messages = received.size();
    store_inbound_messages(in_, std::move(received), to_wake_);
    did_.messages += messages;
    for (auto& event : all.meta.messaging) apply_messaging(in_, accounts_, std::move(event), now);
    for (const auto& change : all.meta.changes) apply_message_change(in_, accounts_, change, now);
    for (const auto& update : all.meta.templates) apply_template(in_, update, to_wake_);
    for (const auto& update : all.meta.accounts)
      if (update.field == "user_preferences")
        apply_choices(in_, accounts_, update.value_json, to_wake_);
    apply_statuses(in_, std::move(all.meta.statuses), to_wake_, did_);
  }

  applied_webhooks finish() && {
    did_.campaigns.assign(to_wake_.campaigns.begin(), to_wake_.campaigns.end());
    did_.conversations.assign(to_wake_.conversations.begin(), to_wake_.conversations.end());
    did_.nameless.assign(to_wake_.nameless.begin(), to_wake_.nameless.end());
    return std::move(did_);
  }

 private:
  /// All that came to accounts of ours. Takes the messages of Messenger and Instagram out of `all`,
  /// which leaves what is about messages.
  std::vector<received_message> messages_in(webhook_contents& all, timestamp now) {
    std::vector<received_message> list;
    const auto add = [&list](std::optional<received_message> one) {
      if (one) list.push_back(std::move(*one));
    };
    for (auto& message : all.meta.messages)
      add(received_on_whatsapp(accounts_, std::move(message), now));
    auto& events = all.meta.messaging;
    const auto messages = std::stable_partition(events.begin(), events.end(), [](const auto& one) {
      return one.what != messaging_event::kind::message;
    });
    for (auto one = messages; one != events.end(); ++one)
      add(received_on_channel(accounts_, std::move(*one), now));
    events.erase(messages, events.end());
    for (const auto& mail : all.mails) {
      if (apply_mail_failure(in_, accounts_, mail)) continue;
      for (auto& copy : received_by_mail(accounts_, mail, now)) list.push_back(std::move(copy));
    }
    return list;
  }

  session& in_;
  receiving_accounts accounts_;
  whom_to_wake to_wake_;
  applied_webhooks did_;
};

/// What could not be applied of a webhook.
struct refusals {
  std::vector<std::string> parts, causes;
  bool may_be_mended = false;  ///< by another try

  void add(const std::string& part, const std::string& cause, bool may_come_late = true) {
    parts.push_back(part);
    may_be_mended = may_be_mended || may_come_late;
    if (causes.size() < causes_told_max) causes.push_back(part + ": " + cause);
  }
  std::string text() const {
    std::string all;
    for (const auto& cause : causes) all += (all.empty() ? "" : "; ") + cause;
    if (parts.size() > causes.size())
      all += "; and " + std::to_string(parts.size() - causes.size()) + " more";
    return all;
  }
};

/// What is wrong with entries that cannot be read; empty: there are none.
std::string faults_of(const webhook_batch& read) {
  std::string all;
  for (const auto& fault : read.faults) all += (all.empty() ? "" : ", ") + fault;
  if (read.malformed > read.faults.size())
    all += ", and " + std::to_string(read.malformed - read.faults.size()) + " more";
  return all;
}

/// Whether a part is to be tried: all of them the first time, and those that were set aside later.
bool is_wanted(const stored_webhook& webhook, const std::string& part) {
  const auto& list = webhook.parts;
  return list.empty() || list.front() == whole_payload ||
         std::find(list.begin(), list.end(), part) != list.end();
}

void set_aside(session& in, const stored_webhook& webhook, const refusals& refused) {
  const auto wait = refused.may_be_mended ? retry_after(webhook.attempts + 1) : std::nullopt;
  in.execute(sql::inbox_failed, webhook.id, refused.text(), refused.parts,
             wait ? std::optional(static_cast<int>(wait->count())) : std::nullopt);
}

}  // namespace

result<applied_webhooks> apply_together(session& in, const std::vector<stored_webhook>& batch) {
  webhook_contents all;
  std::vector<std::int64_t> ids;
  std::vector<std::pair<const stored_webhook*, refusals>> partly;
  for (const auto& webhook : batch) {
    auto read = read_webhook(webhook);
    if (!read) return read.error();
    if (const auto faults = faults_of(read->meta); faults.empty())
      ids.push_back(webhook.id);
    else
      partly.emplace_back(&webhook, refusals{}).second.add(unread_entries, faults, false);
    all.add(std::move(*read));
  }
  application to(in);
  to.apply(std::move(all));
  in.execute(sql::inbox_done, ids);
  auto did = std::move(to).finish();
  for (const auto& [webhook, refused] : partly) {
    set_aside(in, *webhook, refused);
    did.refused.push_back(refused.text());
  }
  return did;
}

applied_webhooks apply_apart(session& in, const stored_webhook& webhook) {
  application to(in);
  refusals refused;
  auto read = read_webhook(webhook);
  if (!read) {
    refused.add(whole_payload, read.error().detail);
  } else {
    const auto faults = faults_of(read->meta);
    for (auto& part : parts_of(std::move(*read))) {
      if (!is_wanted(webhook, part.name)) continue;
      const auto cause = webhook.attempts > 0 && !part.may_come_late
                             ? std::optional<std::string>(too_late)
                             : attempt(in, [&] { to.apply(std::move(part.contents)); });
      if (cause) refused.add(part.name, *cause, part.may_come_late);
    }
    if (!faults.empty() && is_wanted(webhook, unread_entries))
      refused.add(unread_entries, faults, false);
  }
  if (refused.parts.empty())
    in.execute(sql::inbox_done, std::vector<std::int64_t>{webhook.id});
  else
    set_aside(in, webhook, refused);
  auto did = std::move(to).finish();
  if (!refused.parts.empty()) did.refused.push_back(refused.text());
  return did;
}

std::optional<std::chrono::minutes> retry_after(int failures) {
  constexpr std::array<int, 5> minutes{1, 10, 60, 6 * 60, 24 * 60};
  if (failures < 1 || failures > static_cast<int>(minutes.size())) return std::nullopt;
  return std::chrono::minutes{minutes[static_cast<std::size_t>(failures) - 1]};
}

}  // namespace omnistream::actors
