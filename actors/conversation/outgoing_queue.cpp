#include "actors/conversation/outgoing_queue.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/conversation/outgoing_channel.hpp"
#include "actors/dispatch/outcome_verdict.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::rows;
using storage::session;

constexpr const char* uncertain_text =
    "Uncertain: the server stopped before the answer to the message was recorded. It is not sent "
    "again.";
constexpr const char* given_up_text =
    "Unconfirmed: the message was handed over, but neither an answer nor a status came in time. It "
    "was not sent again.";

/// Columns of outgoing_head.
enum head_column {
  number,
  attempt,
  due_at,
  claim_token,
  message_id,
  tenant_id,
  content,
  last_inbound_at,
  channel,
  phone_number,
  user_id,
  channel_id,
  account_id,
  sender_id,
  sealed_token,
  throughput,
  account_ready,
  config,
  taken_at,
  trouble,
  is_repeatable
};

/// A mail that its server does not take is given up after it.
constexpr std::chrono::hours mail_tried_for{24};

/// The first message that waits, read.
struct waiting_message {
  const rows& head;
  const outgoing_channel* channel;  ///< null: nothing can be sent on it
  nlohmann::json content;
  message_addressee to;
  std::optional<std::chrono::hours> window;  ///< after the contact's last message; nothing: always

  explicit waiting_message(const rows& row)
      : head(row),
        channel(outgoing_channel_of(row.text(0, head_column::channel))),
        content(nlohmann::json::parse(row.text(0, head_column::content))),
        to{row.optional_text(0, phone_number), row.optional_text(0, user_id),
           row.optional_text(0, channel_id)} {
    if (channel != nullptr)
      window = channel->window(content.value("type", ""), content.contains("tag"));
  }

  /// Why it can never be sent any more; empty: it can.
  std::string hopeless(timestamp now) const {
    if (channel == nullptr) return "Not sent: nothing can be sent on this channel.";
    if (head.is_null(0, account_id)) return "Not sent: the account was deleted meanwhile.";
    if (!channel->reaches(to)) return "Not sent: the contact's number or id was removed meanwhile.";
    if (!window_is_open(window, head.optional_time(0, last_inbound_at), now))
      return "Not sent: while it waited, the " + std::to_string(window->count()) +
             " hours after the contact's last message ran out in which Meta takes it.";
    if (is_mail() && now >= head.time(0, taken_at) + mail_tried_for)
      return "Not sent within " + std::to_string(mail_tried_for.count()) + " hours. " +
             last_trouble();
    return {};
  }

  /// Why it was not taken when it was last tried.
  std::string last_trouble() const {
    auto why = head.optional_text(0, trouble).value_or("The account could not send.");
    if (why.ends_with(tried_again)) why.resize(why.size() - tried_again.size());
    return why;
  }

  /// When it cannot be sent any more, whatever becomes of its account.
  std::optional<timestamp> end_of_wait() const {
    if (is_mail()) return head.time(0, taken_at) + mail_tried_for;
    const auto wrote_at = head.optional_time(0, last_inbound_at);
    if (!window || !wrote_at) return std::nullopt;
    return *wrote_at + *window;
  }

  bool is_mail() const { return channel == &email_channel(); }

  std::string body(const uuid& claim) const {
    return channel->body({head.id(0, message_id), head.id(0, tenant_id), to, content, claim});
  }
};

void fail(session& in, const uuid& conversation, int which, const std::string& why) {
  recorded_message failed;
  failed.what = recorded_message::kind::failed;
  failed.number = which;
  failed.error_message = why;
  record_outgoing(in, conversation, failed);
}

/// Null if nothing can be sent through it now.
account_ptr account_of(const rows& head, const conversation_store_options& options) {
  if (head.is_null(0, account_id) || !head.boolean(0, account_ready)) return nullptr;
  auto account = std::make_shared<sending_account>();
  account->id = head.id(0, account_id);
  account->channel = parse_channel(head.text(0, channel)).value_or(channel_kind::whatsapp);
  account->sender_id = head.optional_text(0, sender_id).value_or("");
  account->sealed_token = head.optional_text(0, sealed_token).value_or("");
  const bool is_mail = account->channel == channel_kind::email;
  // A mail server may ask for no password.
  account->access_token =
      is_mail && account->sealed_token.empty()
          ? std::make_shared<const std::string>()
          : options.open_token(account->id, is_mail ? "smtp_password" : "access_token",
                               account->sealed_token);
  account->messages_per_second = head.is_null(0, throughput)
                                     ? options.default_messages_per_second
                                     : static_cast<int>(head.integer(0, throughput));
  account->config_json = head.optional_text(0, config).value_or("");
  return account->access_token ? account : nullptr;
}

std::optional<timestamp> earlier(std::optional<timestamp> a, std::optional<timestamp> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace

result<outgoing_work> next_outgoing(session& in, const conversation_store_options& options,
                                    const outgoing_request& what) {
  const auto& [conversation, token, fresh, now] = what;
  if (fresh)
    in.execute(sql::outgoing_recover, conversation, uncertain_text, now + options.uncertain_timeout,
               token);
  in.execute(sql::outgoing_give_up, conversation, given_up_text, now);
  while (true) {
    const auto head = in.execute(sql::outgoing_head, conversation);
    const auto uncertain_due =
        in.execute(sql::outgoing_uncertain_due, conversation).optional_time(0, 0);
    if (head.empty()) return outgoing_work{std::nullopt, uncertain_due};
    const auto which = static_cast<int>(head.integer(0, number));
    const bool mine = head.optional_id(0, claim_token) == token;
    const waiting_message waiting(head);
    if (const auto why = mine ? std::string() : waiting.hopeless(now); !why.empty()) {
      fail(in, conversation, which, why);
      continue;
    }
    const auto account = account_of(head, options);
    if (!account && !mine)
      return outgoing_work{std::nullopt, earlier(waiting.end_of_wait(), uncertain_due)};
    if (!mine && head.time(0, due_at) > now)
      return outgoing_work{std::nullopt, earlier(head.time(0, due_at), uncertain_due)};
    if (in.execute(sql::outgoing_claim, conversation, which, token, options.epoch()).empty())
      return problems::conflict(not_ours, "The conversation is not served by this server.");
    const auto tried = static_cast<int>(head.integer(0, attempt));
    if (!account) {
      // Claimed by a try whose answer got lost, and not handed over: it waits as before, or fails.
      in.execute(sql::outgoing_put_back, conversation, which, tried, now, false);
      continue;
    }
    return outgoing_work{
        claimed_message{which, tried, waiting.body(token), account, head.boolean(0, is_repeatable)},
        std::nullopt};
  }
}

bool begin_mail(storage::pool& pool, const uuid& message, const uuid& claim) {
  const auto begun = pool.run(storage::access::engine(), [&](session& in) -> result<bool> {
    return !in.execute(sql::outgoing_begin, message, claim).empty();
  });
  return begun && *begun;
}

void record_outgoing(session& in, const uuid& conversation, const recorded_message& what) {
  using kind = recorded_message::kind;
  const auto text = [](const std::string& from) {
    return from.empty() ? std::nullopt : std::optional(from);
  };
  // The contact before its message, as where contacts become one.
  if (what.opt_out) in.execute(sql::outgoing_opt_out, conversation);
  if (what.what != kind::retry)
    in.execute(sql::outgoing_outcome, conversation, what.number, static_cast<int>(what.what),
               text(what.external_id), what.error_code, text(what.error_message));
  if (what.what == kind::retry || what.what == kind::uncertain)
    in.execute(sql::outgoing_put_back, conversation, what.number, what.attempt, what.due_at,
               what.what == kind::uncertain);
  else
    in.execute(sql::outgoing_settle, conversation, what.number);
}

}  // namespace omnistream::actors
