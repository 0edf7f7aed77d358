#include "actors/ingest/account_news.hpp"

#include <optional>

#include <nlohmann/json.hpp>

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

void apply_choices(session& in, receiving_accounts& accounts, const std::string& value_json) {
  const auto value = nlohmann::json::parse(value_json, nullptr, false);
  if (!value.is_object()) return;
  const auto text = [](const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string()
               ? found->get<std::string>()
               : std::string();
  };
  const auto number = value.contains("metadata") ? text(value["metadata"], "phone_number_id") : "";
  const auto* account = accounts.at(whatsapp_channel_name, number);
  const auto list = value.find("user_preferences");
  if (account == nullptr || list == value.end() || !list->is_array()) return;
  for (const auto& choice : *list) {
    const auto from =
        text(choice, "wa_id").empty() ? text(choice, "user_id") : text(choice, "wa_id");
    const auto wish = text(choice, "value");
    if (from.empty() || (wish != "stop" && wish != "resume")) continue;
    const auto who = person::of_whatsapp(from);
    const auto number_of = who.has_number() ? std::optional(who.id) : std::nullopt;
    const auto user_id = who.has_number() ? std::nullopt : std::optional(who.id);
    in.execute(sql::inbox_marketing_choice, account->tenant_id, number_of, user_id, wish == "stop",
               system_now());
  }
}

}  // namespace omnistream::actors
