#include "actors/conversation/outgoing_queue.hpp"

#include <algorithm>
#include <utility>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::rows;
using storage::session;

constexpr const char* uncertain_text =
    "Uncertain: the server stopped before Meta's answer was recorded. It is not sent again; Meta's "
    "status will tell.";
constexpr const char* given_up_text =
    "Unconfirmed: the message was handed to Meta, but neither an answer nor a status came in time. "
    "It was not sent again.";

/// Columns of outgoing_head.
enum head_column {
  number,
  attempt,
  due_at,
  claim_token,
  message_id,
  type,
  content,
  last_inbound_at,
  phone_number,
  user_id,
  account_id,
  phone_number_id,
  sealed_token,
  throughput,
  account_ready
};

/// Why the message can never be sent any more; empty: it can.
std::string hopeless(const rows& head, timestamp now) {
  if (head.is_null(0, account_id)) return "Not sent: the account was deleted meanwhile.";
  if (head.is_null(0, phone_number) && head.is_null(0, user_id))
    return "Not sent: the contact's number was removed meanwhile.";
  if (head.text(0, type) != "template" &&
      !window_is_open(head.optional_time(0, last_inbound_at), now))
    return "Not sent: while it waited, the 24 hours after the contact's last message ran out; Meta "
           "takes templates only.";
  return {};
}

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
  account->phone_number_id = std::string(head.text(0, phone_number_id));
  account->sealed_token = std::string(head.text(0, sealed_token));
  account->access_token = options.open_token(account->id, account->sealed_token);
  account->messages_per_second = head.is_null(0, throughput)
                                     ? options.default_messages_per_second
                                     : static_cast<int>(head.integer(0, throughput));
  return account->access_token ? account : nullptr;
}

/// When what waits cannot be sent any more, whatever becomes of its account.
std::optional<timestamp> end_of_window(const rows& head) {
  const auto wrote_at = head.optional_time(0, last_inbound_at);
  if (head.text(0, type) == "template" || !wrote_at) return std::nullopt;
  return *wrote_at + service_window;
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
    if (const auto why = mine ? std::string() : hopeless(head, now); !why.empty()) {
      fail(in, conversation, which, why);
      continue;
    }
    const auto account = account_of(head, options);
    if (!account && !mine)
      return outgoing_work{std::nullopt, earlier(end_of_window(head), uncertain_due)};
    if (!mine && head.time(0, due_at) > now)
      return outgoing_work{std::nullopt, earlier(head.time(0, due_at), uncertain_due)};
    if (in.execute(sql::outgoing_claim, conversation, which, token, options.epoch()).empty())
      return problems::conflict(not_ours, "The conversation is not served by this server.");
    if (!account) {
      // Claimed by a try whose answer got lost, and not handed over: it waits as before, or fails.
      in.execute(sql::outgoing_put_back, conversation, which, head.integer(0, attempt), now, false);
      continue;
    }
    const message_addressee to{head.optional_text(0, phone_number), head.optional_text(0, user_id)};
    return outgoing_work{claimed_message{which, static_cast<int>(head.integer(0, attempt)),
                                         meta_body(head.id(0, message_id), to,
                                                   nlohmann::json::parse(head.text(0, content))),
                                         account},
                         std::nullopt};
  }
}

void record_outgoing(session& in, const uuid& conversation, const recorded_message& what) {
  using kind = recorded_message::kind;
  const auto text = [](const std::string& from) {
    return from.empty() ? std::nullopt : std::optional(from);
  };
  if (what.what != kind::retry)
    in.execute(sql::outgoing_outcome, conversation, what.number, static_cast<int>(what.what),
               text(what.external_id), what.error_code, text(what.error_message));
  if (what.opt_out) in.execute(sql::outgoing_opt_out, conversation);
  if (what.what == kind::retry || what.what == kind::uncertain)
    in.execute(sql::outgoing_put_back, conversation, what.number, what.attempt, what.due_at,
               what.what == kind::uncertain);
  else
    in.execute(sql::outgoing_settle, conversation, what.number);
}

}  // namespace omnistream::actors
