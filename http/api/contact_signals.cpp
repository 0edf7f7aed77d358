#include "http/api/contact_signals.hpp"

#include <optional>
#include <type_traits>
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

void count(const char* what, const char* outcome) {
  metrics::counter_of("omnistream_contact_signals_total",
                      "What contacts were shown of agents at work; no_target: it could not be "
                      "shown, as on mails or a day after the contact wrote.",
                      {{"what", what}, {"outcome", outcome}})
      .add();
}

void note(const char* what, const result<json>& answer) {
  count(what, answer ? "shown" : "failed");
  if (!answer)
    log::debug("conversation", "Meta did not show the contact what the agent does",
               {{"what", what}, {"reason", answer.error().detail}});
}

template <class Key>
using times = std::map<Key, timestamp>;

template <class Key>
bool is_recent(const times<Key>& all, const std::type_identity_t<Key>& key, timestamp now) {
  const auto last = all.find(key);
  return last != all.end() && now >= last->second &&
         now - last->second < contact_signals::typing_pause;
}

template <class Key>
void remember(times<Key>& all, const std::type_identity_t<Key>& key, timestamp now) {
  if (all.size() >= contact_signals::remembered_max)
    std::erase_if(
        all, [now](const auto& one) { return now - one.second >= contact_signals::typing_pause; });
  if (all.size() >= contact_signals::remembered_max) all.clear();
  all[key] = now;
}

}  // namespace

void contact_signals::show_typing(services& with, const uuid& tenant,
                                  const actors::conversation_caller& by, const uuid& conversation) {
  if (!with.settings.conversations_show_typing || rests(conversation, by.agent_id, with.now()))
    return;
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
      [me = shared_from_this(), &with, what, conversation,
       agent = by.agent_id](const result<std::optional<signal_target>>& found) {
        const char* name = what == kind::typing ? "typing" : "read";
        if (!found) return note(name, found.error());
        if (!*found) {
          if (what == kind::typing) me->rest_of(conversation, agent, with.now());
          return count(name, "no_target");
        }
        if (!me->is_news(what, conversation, (*found)->message, with.now())) return;
        with.signals->post((*found)->account, signal_body(**found, what == kind::typing),
                           [me, what, name, conversation](const result<json>& answer) {
                             note(name, answer);
                             if (!answer && what == kind::read) me->forget_read(conversation);
                           });
      });
}

bool contact_signals::rests(const uuid& conversation, const uuid& agent, timestamp now) {
  const std::lock_guard lock(guard_);
  return is_recent(typing_, conversation, now) || is_recent(in_vain_, {conversation, agent}, now);
}

void contact_signals::rest_of(const uuid& conversation, const uuid& agent, timestamp now) {
  const std::lock_guard lock(guard_);
  remember(in_vain_, {conversation, agent}, now);
}

void contact_signals::forget_read(const uuid& conversation) {
  const std::lock_guard lock(guard_);
  read_.erase(conversation);
}

bool contact_signals::is_news(kind what, const uuid& conversation, const std::string& message,
                              timestamp now) {
  const std::lock_guard lock(guard_);
  if (what == kind::typing) {
    if (is_recent(typing_, conversation, now)) return false;
    remember(typing_, conversation, now);
    return true;
  }
  if (read_.size() >= remembered_max) read_.clear();
  return std::exchange(read_[conversation], message) != message;
}

}  // namespace omnistream::http::api
