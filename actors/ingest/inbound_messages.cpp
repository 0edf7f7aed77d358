#include "actors/ingest/inbound_messages.hpp"

#include <algorithm>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

std::optional<receiving_account> find_account(session& in, const std::string& channel,
                                              const std::string& key) {
  const auto found = channel == whatsapp_channel_name
                         ? in.execute(sql::inbox_account_of_number, key)
                         : in.execute(sql::channel_account, channel, key);
  if (found.empty()) return std::nullopt;
  return receiving_account{found.id(0, 0), found.id(0, 1), found.optional_id(0, 2)};
}

/// Where the number is hidden, Meta's user id names the person. Whoever is known by one of the two
/// is known by both from now on, unless each is another contact's: then the number decides.
uuid contact_on_whatsapp(session& in, const uuid& tenant, const person& who) {
  const auto number = who.has_number() ? std::optional(who.id) : std::nullopt;
  auto user_id = who.has_number() ? who.user_id : std::optional(who.id);
  if (user_id) {
    const auto known = in.execute(sql::inbox_add_number, tenant, *user_id, number);
    if (!known.empty() && !number) return known.id(0, 0);
    if (!known.empty() && !known.boolean(0, 1)) user_id.reset();
  }
  return in.execute(sql::inbox_upsert_contact, tenant, number, user_id, who.name).id(0, 0);
}

/// Who has the address already, from another channel or a list.
std::optional<uuid> contact_with_address(session& in, const uuid& tenant, const person& who) {
  if (!who.address) return std::nullopt;
  const auto found = in.execute(sql::channel_contact_of_email, tenant, *who.address);
  return found.empty() ? std::nullopt : std::optional(found.id(0, 0));
}

}  // namespace

const receiving_account* receiving_accounts::at(const std::string& channel,
                                                const std::string& key) {
  auto found = known_.find({channel, key});
  if (found == known_.end())
    found = known_.emplace(std::pair(channel, key), find_account(in_, channel, key)).first;
  return found->second ? &*found->second : nullptr;
}

person person::of_whatsapp(const std::string& from, const std::string& name,
                           const std::string& user_id) {
  const bool digits = !from.empty() && std::all_of(from.begin(), from.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  return {whatsapp_channel_name, digits ? "+" + from : from,
          name.empty() ? std::nullopt : std::optional(name), std::nullopt,
          digits && !user_id.empty() ? std::optional(user_id) : std::nullopt};
}

bool is_message_known(session& in, const uuid& tenant, const std::string& external_id) {
  return in.execute(sql::inbox_message_known, tenant, external_id).boolean(0, 0);
}

uuid contact_of(session& in, const uuid& tenant, const person& who) {
  if (who.channel == whatsapp_channel_name) return contact_on_whatsapp(in, tenant, who);
  const auto known = in.execute(sql::channel_contact, tenant, who.channel, who.id);
  if (!known.empty()) return known.id(0, 0);
  auto contact = contact_with_address(in, tenant, who);
  if (!contact)
    contact = in.execute(sql::channel_contact_add, tenant, who.name, who.address).id(0, 0);
  in.execute(sql::channel_identity_add, tenant, who.channel, who.id, *contact);
  return *contact;
}

}  // namespace omnistream::actors
