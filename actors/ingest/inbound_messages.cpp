#include "actors/ingest/inbound_messages.hpp"

#include "storage/queries.hpp"

namespace omnistream::actors {

namespace sql = storage::queries;

std::optional<receiving_account> receiving_account_in(const storage::rows& found) {
  if (found.empty()) return std::nullopt;
  return receiving_account{found.id(0, 0), found.id(0, 1), found.optional_id(0, 2)};
}

bool is_message_known(storage::session& in, const uuid& tenant, const std::string& external_id) {
  return in.execute(sql::inbox_message_known, tenant, external_id).boolean(0, 0);
}

void store_inbound_message(storage::session& in, const receiving_account& account,
                           const written_message& what, const std::function<uuid()>& contact) {
  if (is_message_known(in, account.tenant_id, what.external_id)) return;
  const auto conversation =
      in.execute(sql::inbox_conversation, account.tenant_id, contact(), account.id,
                 account.division_id, what.at, what.type, what.content_json, what.channel)
          .id(0, 0);
  in.execute(sql::inbox_store_message, account.tenant_id, conversation, what.external_id, what.type,
             what.content_json, what.at);
}

}  // namespace omnistream::actors
