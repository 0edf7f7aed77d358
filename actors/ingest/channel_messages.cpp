#include "actors/ingest/channel_messages.hpp"

#include <optional>
#include <string>

#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/own_echo.hpp"
#include "config/base/metrics.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;
using kind = messaging_event::kind;

constexpr const char* email_channel = "email";

std::optional<receiving_account> account_of(session& in, const std::string& channel,
                                            const std::string& key) {
  return receiving_account_in(in.execute(sql::channel_account, channel, key));
}

/// Somebody on a channel; `address` is an email address.
struct person {
  const std::string& channel;
  const std::string& id;
  std::optional<std::string> name, address;
};

/// Who has the address already, from another channel or a list.
std::optional<uuid> contact_with_address(session& in, const uuid& tenant, const person& who) {
  if (!who.address) return std::nullopt;
  const auto found = in.execute(sql::channel_contact_of_email, tenant, *who.address);
  return found.empty() ? std::nullopt : std::optional(found.id(0, 0));
}

/// The contact that a person is. Whoever is new becomes one.
uuid contact_of(session& in, const uuid& tenant, const person& who) {
  const auto known = in.execute(sql::channel_contact, tenant, who.channel, who.id);
  if (!known.empty()) return known.id(0, 0);
  auto contact = contact_with_address(in, tenant, who);
  if (!contact)
    contact = in.execute(sql::channel_contact_add, tenant, who.name, who.address).id(0, 0);
  in.execute(sql::channel_identity_add, tenant, who.channel, who.id, *contact);
  return *contact;
}

void store_inbound(session& in, const receiving_account& account, const person& from,
                   const written_message& what) {
  store_inbound_message(in, account, what, [&] { return contact_of(in, account.tenant_id, from); });
}

void store_echo(session& in, const receiving_account& account, const person& to,
                const written_message& what) {
  const auto contact = contact_of(in, account.tenant_id, to);
  const auto conversation =
      in.execute(sql::channel_echo_conversation, account.tenant_id, contact, account.id,
                 account.division_id, to.channel, what.at, what.type, what.content_json)
          .id(0, 0);
  in.execute(sql::channel_echo_message, account.tenant_id, conversation, what.external_id,
             what.type, what.content_json, what.at);
}

void store_receipt(session& in, const receiving_account& account, const messaging_event& event) {
  const auto last =
      event.external_id.empty() ? std::nullopt : std::optional<std::string>(event.external_id);
  in.execute(sql::channel_receipt, account.id, event.channel, event.person,
             event.what == kind::read ? 4 : 3, event.at, last, account.tenant_id);
}

void store_change(session& in, const receiving_account& account, const messaging_event& event) {
  const auto text =
      event.what == kind::edit ? std::optional<std::string>(event.content_json) : std::nullopt;
  in.execute(sql::channel_message_change, account.tenant_id, account.id, event.external_id, text);
}

}  // namespace

bool apply_messaging(session& in, const messaging_event& event) {
  const auto account = account_of(in, event.channel, event.account_key);
  if (!account) return false;
  const person who{event.channel, event.person, std::nullopt, std::nullopt};
  const written_message what{event.channel, event.external_id, event.type, event.content_json,
                             event.at};
  switch (event.what) {
    case kind::message:
      store_inbound(in, *account, who, what);
      return true;
    case kind::echo:
      if (is_message_known(in, account->tenant_id, event.external_id) ||
          is_own_echo(in, *account, event))
        return true;
      store_echo(in, *account, who, what);
      return true;
    case kind::edit:
    case kind::removal:
      store_change(in, *account, event);
      return false;
    case kind::delivered:
    case kind::read:
      store_receipt(in, *account, event);
      return false;
  }
  return false;
}

bool apply_email(session& in, const inbound_email& mail, timestamp now) {
  static const std::string channel = email_channel;
  static const std::string type = "email";
  bool ours = false;
  for (const auto& address : mail.to) {
    const auto account = account_of(in, channel, address);
    if (!account) continue;
    ours = true;
    const auto name = mail.name.empty() ? std::nullopt : std::optional(mail.name);
    // Sent to two addresses of one tenant, it is in both conversations.
    const auto external_id = mail.external_id + " to " + address;
    store_inbound(in, *account, {channel, mail.from, name, mail.from},
                  {channel, external_id, type, mail.content_json, now});
  }
  if (!ours) {
    static auto& lost = metrics::counter_of("omnistream_mails_for_nobody_total",
                                            "Mails that name no address of an email account.");
    lost.add();
  }
  return ours;
}

}  // namespace omnistream::actors
