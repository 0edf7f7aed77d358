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

}  // namespace omnistream::actors
