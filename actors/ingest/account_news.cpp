#include "actors/ingest/account_news.hpp"

#include <optional>

#include "actors/ingest/channel_messages.hpp"
#include "actors/ingest/contact_matching.hpp"
#include "actors/ingest/payload_json.hpp"
#include "config/base/time.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

/// What an event makes of a template's status; nothing if it may be sent or not as before: one that
/// is flagged is only at risk, a locked one cannot be edited, and a limit concerns new ones.
std::optional<std::string> status_after_event(const std::string& event) {
  if (event == "REINSTATED" || event == "UNARCHIVED") return "APPROVED";
  for (const auto* changes_nothing : {"FLAGGED", "LOCKED", "UNLOCKED", "LIMIT_EXCEEDED"})
    if (event == changes_nothing) return std::nullopt;
  return event;
}

}  // namespace

void apply_template(session& in, const template_update& update, whom_to_wake& to_wake) {
  const auto status = status_after_event(update.event);
  if (!status) return;
  const auto reason = update.reason.empty() ? std::nullopt : std::optional(update.reason);
  in.execute(sql::inbox_template_status, update.waba_id, update.name, update.language, *status,
             reason);
  const auto live =
      in.execute(sql::campaigns_live_of_template, update.waba_id, update.name, update.language);
  for (int i = 0; i < live.size(); ++i) to_wake.campaigns.insert(live.id(i, 0));
}

void apply_choices(session& in, receiving_accounts& accounts, const std::string& value_json,
                   whom_to_wake& to_wake) {
  const auto value = document(value_json);
  const auto* account = accounts.at(
      whatsapp_channel_name, text_or_number(object_at(value, "metadata"), "phone_number_id"));
  const auto list = value.is_object() ? value.find("user_preferences") : value.end();
  if (account == nullptr || list == value.end() || !list->is_array()) return;
  const auto now = system_now();
  merged_contacts merged{to_wake};
  for (const auto& choice : *list) {
    const auto number = text_or_number(choice, "wa_id");
    const auto user_id = text_or_number(choice, "user_id");
    const auto wish = text_or_number(choice, "value");
    const auto from = number.empty() ? user_id : number;
    if (!is_id(from) || !(user_id.empty() || is_id(user_id)) ||
        (wish != "stop" && wish != "resume"))
      continue;
    const auto who = person::of_whatsapp(from, "", user_id);
    const auto told = time_of_seconds(text_or_number(choice, "timestamp"));
    const auto at = believable(told.value_or(now), now);
    const auto contact = known_contact_of(in, account->tenant_id, who, at, merged);
    in.execute(sql::inbox_marketing_choice, account->tenant_id,
               who.has_number() ? std::optional(who.id) : std::nullopt,
               who.has_number() ? who.user_id : std::optional(who.id), wish == "stop", at, contact);
  }
}

}  // namespace omnistream::actors
