#include "http/api/contact_signals.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/base/log.hpp"
#include "config/base/metrics.hpp"
#include "http/api/account_secrets.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using nlohmann::json;

/// Whom something is shown to, and through what.
struct signal_target {
  std::string message;  ///< Meta's id of the contact's last one
  std::string person;   ///< on Messenger and Instagram
  actors::sending_account account;
};

std::optional<signal_target> find_target(storage::session& in, const crypto::key256& key,
                                         const actors::conversation_caller& by,
                                         const uuid& conversation) {
  enum { channel, message, person, account, sender, token, config };
  const auto row =
      in.execute(sql::conversation_signal_target, by.agent_id, by.sees_all, conversation);
  if (row.empty()) return std::nullopt;
  signal_target to{
      std::string(row.text(0, message)), row.optional_text(0, person).value_or(""), {}};
  to.account.id = row.id(0, account);
  to.account.channel = *actors::parse_channel(row.text(0, channel));
  to.account.sender_id = row.optional_text(0, sender).value_or("");
  to.account.access_token = open_access_token(key, to.account.id, std::string(row.text(0, token)));
  to.account.config_json = row.optional_text(0, config).value_or("");
  if (!to.account.access_token) return std::nullopt;
  return to;
}

/// As Meta wants it of the channel.
json signal_body(const signal_target& to, bool is_typing) {
  if (to.account.channel != actors::channel_kind::whatsapp)
    return {{"recipient", {{"id", to.person}}},
            {"sender_action", is_typing ? "typing_on" : "mark_seen"}};
  json body{{"messaging_product", "whatsapp"}, {"status", "read"}, {"message_id", to.message}};
  if (is_typing) body["typing_indicator"] = {{"type", "text"}};
  return body;
}

void note(const char* what, const result<json>& answer) {
  metrics::counter_of("omnistream_contact_signals_total",
                      "What contacts were shown of agents at work.",
                      {{"what", what}, {"outcome", answer ? "shown" : "failed"}})
      .add();
  if (!answer)
    log::debug("conversation", "Meta did not show the contact what the agent does",
               {{"what", what}, {"reason", answer.error().detail}});
}

}  // namespace

void contact_signals::show_typing(services& with, const uuid& tenant,
                                  const actors::conversation_caller& by, const uuid& conversation) {
  if (!with.settings.conversations_show_typing || rests(conversation, with.now())) return;
  show(kind::typing, with, tenant, by, conversation);
}

void contact_signals::show_read(services& with, const uuid& tenant,
                                const actors::conversation_caller& by, const uuid& conversation) {
  if (with.settings.conversations_show_read) show(kind::read, with, tenant, by, conversation);
}

/// Remembered only when the caller was found to see it: nobody can silence a conversation of
/// others.
void contact_signals::show(kind what, services& with, const uuid& tenant,
                           const actors::conversation_caller& by, const uuid& conversation) {
  with.pool.submit(
      storage::access::tenant(tenant),
      [&with, by, conversation](storage::session& in) {
        return find_target(in, with.encryption_key, by, conversation);
      },
      [me = shared_from_this(), &with, what,
       conversation](const result<std::optional<signal_target>>& found) {
        const char* name = what == kind::typing ? "typing" : "read";
        if (!found) return note(name, found.error());
        if (!*found || !me->is_news(what, conversation, (*found)->message, with.now())) return;
        with.graph.post_signal((*found)->account, signal_body(**found, what == kind::typing),
                               [me, what, name, conversation](const result<json>& answer) {
                                 note(name, answer);
                                 if (!answer && what == kind::read) me->forget_read(conversation);
                               });
      });
}

bool contact_signals::rests(const uuid& conversation, timestamp now) {
  const std::lock_guard lock(guard_);
  const auto last = typing_.find(conversation);
  return last != typing_.end() && now >= last->second && now - last->second < typing_pause;
}

void contact_signals::forget_read(const uuid& conversation) {
  const std::lock_guard lock(guard_);
  read_.erase(conversation);
}

bool contact_signals::is_news(kind what, const uuid& conversation, const std::string& message,
                              timestamp now) {
  if (what == kind::typing && rests(conversation, now)) return false;
  const std::lock_guard lock(guard_);
  if (what == kind::typing) {
    if (typing_.size() >= remembered_max)
      std::erase_if(typing_, [now](const auto& one) { return now - one.second >= typing_pause; });
    if (typing_.size() >= remembered_max) typing_.clear();
    typing_[conversation] = now;
    return true;
  }
  if (read_.size() >= remembered_max) read_.clear();
  return std::exchange(read_[conversation], message) != message;
}

}  // namespace omnistream::http::api
