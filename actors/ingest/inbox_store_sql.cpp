#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "actors/dispatch/meta_errors.hpp"
#include "actors/ingest/channel_messages.hpp"
#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/inbox_store.hpp"
#include "actors/ingest/message_statuses.hpp"
#include "actors/ingest/webhook_payload.hpp"
#include "actors/ingest/wide_failures.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::session;

constexpr const char* meta_source = "meta";
constexpr const char* email_source = "email";

const char* name_of(webhook_source source) {
  return source == webhook_source::email ? email_source : meta_source;
}

webhook_source source_named(std::string_view name) {
  return name == email_source ? webhook_source::email : webhook_source::meta;
}

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

/// Where a message or a choice came to; nothing if the number is not ours.
std::optional<receiving_account> account_of(session& in, const std::string& phone_number_id) {
  return receiving_account_in(in.execute(sql::inbox_account_of_number, phone_number_id));
}

/// Who wrote: by number, or by Meta's user id where the number is hidden.
struct person {
  std::optional<std::string> phone_number, user_id;

  explicit person(const std::string& from) {
    const bool digits = !from.empty() && std::all_of(from.begin(), from.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    (digits ? phone_number : user_id) = digits ? "+" + from : from;
  }
};

uuid contact_of(session& in, const receiving_account& account, const person& who,
                const std::string& name) {
  if (who.user_id) {
    const auto known = in.execute(sql::inbox_contact_by_user_id, account.tenant_id, *who.user_id);
    if (!known.empty()) return known.id(0, 0);
  }
  const auto given = name.empty() ? std::nullopt : std::optional(name);
  return in
      .execute(sql::inbox_upsert_contact, account.tenant_id, who.phone_number, who.user_id, given)
      .id(0, 0);
}

/// True if the message belongs to an account of ours.
bool store_message(session& in, const inbound_message& message) {
  static const std::string channel = "whatsapp";
  const auto account = account_of(in, message.phone_number_id);
  if (!account) return false;
  store_inbound_message(
      in, *account, {channel, message.wamid, message.type, message.message_json, message.at},
      [&] { return contact_of(in, *account, person(message.from), message.profile_name); });
  return true;
}

/// `user_preferences`: somebody asked for no marketing, or for it again.
void store_choices(session& in, const std::string& value_json) {
  const auto value = nlohmann::json::parse(value_json, nullptr, false);
  if (!value.is_object()) return;
  const auto text = [](const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string()
               ? found->get<std::string>()
               : std::string();
  };
  const auto number = value.contains("metadata") ? text(value["metadata"], "phone_number_id") : "";
  const auto account = account_of(in, number);
  const auto list = value.find("user_preferences");
  if (!account || list == value.end() || !list->is_array()) return;
  for (const auto& choice : *list) {
    const auto from =
        text(choice, "wa_id").empty() ? text(choice, "user_id") : text(choice, "wa_id");
    const auto wish = text(choice, "value");
    if (from.empty() || (wish != "stop" && wish != "resume")) continue;
    const person who(from);
    in.execute(sql::inbox_marketing_choice, account->tenant_id, who.phone_number, who.user_id,
               wish == "stop", system_now());
  }
}

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

void apply_statuses(session& in, std::vector<status_update> updates, std::set<uuid>& to_wake,
                    applied_webhooks& did) {
  const auto scopes = lock_campaigns(in, updates);
  const auto others = std::stable_partition(updates.begin(), updates.end(),
                                            [&](const auto& one) { return concerns(one, scopes); });
  did.unknown = static_cast<std::size_t>(updates.end() - others);
  const auto messages = apply_message_statuses(in, {others, updates.end()}, to_wake);
  did.unknown -= messages.updates;
  updates.erase(others, updates.end());
  status_columns columns;
  for (const auto& one : fold_statuses(std::move(updates)).entries) columns.add(one);
  did.statuses = columns.seq.size() + messages.messages;
  if (columns.seq.empty()) return;
  const auto news = news_of(in, columns.wide);
  const auto changed = in.execute(
      sql::inbox_apply_statuses, columns.campaign, columns.seq, columns.status, columns.external_id,
      columns.sent_at, columns.delivered_at, columns.read_at, columns.code, columns.message);
  for (int i = 0; i < changed.size(); ++i)
    if (changed.boolean(i, 1)) to_wake.insert(changed.id(i, 0));
  for (const auto& [id, seqs] : columns.opted_out) in.execute(sql::campaign_opt_out, id, seqs);
  pause_after(in, news, to_wake);
}

/// What an event makes of a template's status; nothing if it may be sent or not as before: one that
/// is flagged is only at risk, a locked one cannot be edited, and a limit concerns new ones.
std::optional<std::string> status_after_event(const std::string& event) {
  if (event == "REINSTATED" || event == "UNARCHIVED") return "APPROVED";
  for (const auto* changes_nothing : {"FLAGGED", "LOCKED", "UNLOCKED", "LIMIT_EXCEEDED"})
    if (event == changes_nothing) return std::nullopt;
  return event;
}

void apply_template(session& in, const template_update& update, std::set<uuid>& to_wake) {
  const auto status = status_after_event(update.event);
  if (!status) return;
  const auto reason = update.reason.empty() ? std::nullopt : std::optional(update.reason);
  in.execute(sql::inbox_template_status, update.waba_id, update.name, update.language, *status,
             reason);
  const auto live =
      in.execute(sql::campaigns_live_of_template, update.waba_id, update.name, update.language);
  for (int i = 0; i < live.size(); ++i) to_wake.insert(live.id(i, 0));
}

result<applied_webhooks> apply_batch(session& in, const std::vector<stored_webhook>& batch) {
  applied_webhooks did;
  std::set<uuid> to_wake;
  std::vector<status_update> statuses;
  std::vector<std::int64_t> ids;
  for (const auto& webhook : batch) {
    ids.push_back(webhook.id);
    if (webhook.source == webhook_source::email) {
      const auto mail = parse_email(*webhook.payload);
      if (!mail) return problems::bad_request("unreadable", "The payload is no mail.");
      did.messages += apply_email(in, *mail, system_now()) ? 1 : 0;
      continue;
    }
    auto parsed = parse_webhook(*webhook.payload);
    if (!parsed.readable)
      return problems::bad_request("unreadable", "The payload is no webhook of Meta's.");
    std::move(parsed.statuses.begin(), parsed.statuses.end(), std::back_inserter(statuses));
    for (const auto& message : parsed.messages) did.messages += store_message(in, message) ? 1 : 0;
    for (const auto& event : parsed.messaging) did.messages += apply_messaging(in, event) ? 1 : 0;
    for (const auto& update : parsed.templates) apply_template(in, update, to_wake);
    for (const auto& update : parsed.accounts)
      if (update.field == "user_preferences") store_choices(in, update.value_json);
  }
  apply_statuses(in, std::move(statuses), to_wake, did);
  in.execute(sql::inbox_done, ids);
  did.campaigns.assign(to_wake.begin(), to_wake.end());
  return did;
}

class sql_inbox_store final : public inbox_store {
 public:
  explicit sql_inbox_store(storage::pool& pool) : pool_(pool) {}

  void append(std::vector<raw_webhook> webhooks, appended done) override {
    pool_.submit(
        access::engine(),
        [webhooks](session& in) {
          std::vector<std::string> sources;
          std::vector<std::string> texts;
          for (const auto& one : webhooks) {
            sources.emplace_back(name_of(one.source));
            texts.push_back(*one.payload);
          }
          const auto ids = in.execute(sql::inbox_append, sources, texts);
          std::vector<std::int64_t> list;
          for (int i = 0; i < ids.size(); ++i) list.push_back(ids.integer(i, 0));
          return list;
        },
        std::move(done));
  }

  void waiting(std::int64_t after, int at_most,
               std::function<void(result<std::vector<stored_webhook>>)> done) override {
    pool_.submit(
        access::engine(),
        [after, at_most](session& in) {
          const auto found = in.execute(sql::inbox_waiting, after, at_most);
          std::vector<stored_webhook> list;
          for (int i = 0; i < found.size(); ++i)
            list.push_back({found.integer(i, 0),
                            std::make_shared<const std::string>(found.text(i, 2)),
                            source_named(found.text(i, 1))});
          return list;
        },
        std::move(done));
  }

  void apply(std::vector<stored_webhook> batch,
             std::function<void(result<applied_webhooks>)> done) override {
    pool_.submit(
        access::engine(), [batch](session& in) { return apply_batch(in, batch); }, std::move(done));
  }

  void set_aside(std::int64_t id, std::string reason,
                 std::function<void(result<omnistream::done>)> done) override {
    pool_.submit(
        access::engine(),
        [id, reason](session& in) {
          in.execute(sql::inbox_failed, std::vector<std::int64_t>{id}, reason);
          return omnistream::done{};
        },
        std::move(done));
  }

  void remove_set_aside(std::chrono::hours kept, std::function<void(result<int>)> done) override {
    pool_.submit(
        access::engine(),
        [hours = static_cast<int>(kept.count())](session& in) {
          return static_cast<int>(in.execute(sql::inbox_remove_failed, hours).integer(0, 0));
        },
        std::move(done));
  }

 private:
  storage::pool& pool_;
};

}  // namespace

std::unique_ptr<inbox_store> make_inbox_store(storage::pool& pool) {
  return std::make_unique<sql_inbox_store>(pool);
}

}  // namespace omnistream::actors
