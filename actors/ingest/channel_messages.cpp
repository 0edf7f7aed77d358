#include "actors/ingest/channel_messages.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ingest/contact_matching.hpp"
#include "actors/ingest/own_echo.hpp"
#include "config/base/metrics.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;
using kind = messaging_event::kind;

constexpr std::chrono::minutes clocks_may_differ{10};

/// As a list.
std::vector<std::string> answered(std::string id) {
  std::vector<std::string> list;
  if (!id.empty()) list.push_back(std::move(id));
  return list;
}

/// An echo of a message that an agent sent here is that message.
void store_echo(session& in, const receiving_account& account, const person& to,
                const messaging_event& event) {
  if (is_message_known(in, account.tenant_id, event.external_id)) return;
  if (!is_own_echo(in, account, event)) {
    const auto contact = contact_on_channel(in, account.tenant_id, to);
    const auto conversation =
        in.execute(sql::channel_echo_conversation, account.tenant_id, contact, account.id,
                   account.division_id, to.channel, event.at, event.type, event.content_json)
            .id(0, 0);
    in.execute(sql::channel_echo_message, account.tenant_id, conversation, event.external_id,
               event.type, event.content_json, event.at);
  }
  in.execute(sql::channel_join_receipts, account.tenant_id, account.id, event.external_id,
             event.at);
}

void store_receipt(session& in, const receiving_account& account, const messaging_event& event) {
  in.execute(sql::channel_receipt, account.tenant_id, account.id, event.channel, event.person,
             event.what == kind::read ? 4 : 3, event.at, event.by_time, event.external_id);
}

/// `part` of its content has another value now; without a value it was taken back.
void store_change(session& in, const receiving_account& account, const std::string& external_id,
                  const std::string& author, timestamp at, const std::vector<std::string>& part,
                  const std::optional<std::string>& value_json) {
  in.execute(sql::channel_message_change, account.tenant_id, account.id, external_id, author, at,
             value_json ? std::optional(part) : std::nullopt, value_json);
}

}  // namespace

timestamp believable(timestamp told, timestamp now) {
  return told > now + clocks_may_differ ? now : told;
}

std::optional<received_message> received_on_whatsapp(receiving_accounts& accounts,
                                                     inbound_message message, timestamp now) {
  const auto* account = accounts.at(whatsapp_channel_name, message.phone_number_id);
  if (account == nullptr) return std::nullopt;
  return received_message{*account,
                          person::of_whatsapp(message.from, message.profile_name, message.user_id),
                          {std::move(message.wamid),
                           std::move(message.type),
                           std::move(message.message_json),
                           believable(message.at, now),
                           false,
                           {},
                           answered(std::move(message.answered))}};
}

std::optional<received_message> received_on_channel(receiving_accounts& accounts,
                                                    messaging_event event, timestamp now) {
  const auto* account = accounts.at(event.channel, event.account_key);
  if (account == nullptr) return std::nullopt;
  return received_message{
      *account,
      {std::move(event.channel), std::move(event.person), std::nullopt, std::nullopt},
      {std::move(event.external_id),
       std::move(event.type),
       std::move(event.content_json),
       believable(event.at, now),
       false,
       {},
       answered(std::move(event.answered))}};
}

std::vector<received_message> received_by_mail(receiving_accounts& accounts,
                                               const inbound_email& mail, timestamp now) {
  std::vector<received_message> copies;
  const auto name = mail.name.empty() ? std::nullopt : std::optional(mail.name);
  for (const auto& address : mail.to) {
    const auto* account = accounts.at(email_channel_name, address);
    if (account == nullptr) continue;
    // A copy of our own answers nobody: else answers to it would come back for ever.
    const bool is_ours = mail.from == address;
    // Sent to two addresses of one tenant, it is in both conversations.
    copies.push_back(
        {*account,
         {email_channel_name, mail.from, name, mail.from},
         {mail.external_id + " to " + address, "email", mail.content_json, now, mail.is_automatic,
          mail.rest_json, is_ours ? std::vector<std::string>{} : mail.answered}});
  }
  if (copies.empty()) {
    static auto& lost = metrics::counter_of("omnistream_mails_for_nobody_total",
                                            "Mails that name no address of an email account.");
    lost.add();
  }
  return copies;
}

bool apply_mail_failure(session& in, receiving_accounts& accounts, const inbound_email& mail) {
  if (!mail.failure || mail.failure->message_ids.empty()) return false;
  std::vector<std::string> addresses, said;
  std::vector<std::optional<int>> codes;
  for (const auto& one : mail.failure->recipients) {
    addresses.push_back(one.address);
    codes.push_back(one.code);
    said.push_back((one.address.empty() ? "" : " to " + one.address) +
                   (one.why.empty() ? "" : ": " + one.why));
  }
  for (const auto& address : mail.to) {
    const auto* account = accounts.at(email_channel_name, address);
    if (account == nullptr) continue;
    if (in.execute(sql::channel_mail_failed, account->tenant_id, account->id,
                   mail.failure->message_ids, addresses, codes, said)
            .boolean(0, 0))
      return true;
  }
  return false;
}

void apply_message_change(session& in, receiving_accounts& accounts, const message_change& change,
                          timestamp now) {
  const auto* account = accounts.at(whatsapp_channel_name, change.phone_number_id);
  if (account == nullptr) return;
  store_change(in, *account, change.wamid, person::of_whatsapp(change.from).id,
               believable(change.at, now), {change.part},
               change.part.empty() ? std::nullopt : std::optional(change.value_json));
}

void apply_messaging(session& in, receiving_accounts& accounts, messaging_event event,
                     timestamp now) {
  const auto* account = accounts.at(event.channel, event.account_key);
  if (account == nullptr) return;
  event.at = believable(event.at, now);
  switch (event.what) {
    case kind::message:
      return;  // see received_on_channel
    case kind::echo:
      return store_echo(in, *account, {event.channel, event.person, std::nullopt, std::nullopt},
                        event);
    case kind::edit:
      return store_change(in, *account, event.external_id, event.person, event.at,
                          {"message", "text"}, event.content_json);
    case kind::removal:
      return store_change(in, *account, event.external_id, event.person, event.at, {},
                          std::nullopt);
    case kind::delivered:
    case kind::read:
      return store_receipt(in, *account, event);
  }
}

}  // namespace omnistream::actors
