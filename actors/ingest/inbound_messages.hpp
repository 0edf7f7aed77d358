#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

/// What people write, on whatever channel, as messages of their conversations. Everything runs in
/// the transaction that takes the webhook from the inbox, as the engine.
namespace omnistream::actors {

/// The account of ours that something came to.
struct receiving_account {
  uuid id;
  uuid tenant_id;
  std::optional<uuid> division_id;
};

/// The account in a row of id, tenant and division; nothing if there is no row.
std::optional<receiving_account> receiving_account_in(const storage::rows& found);

/// What is written, whoever wrote it.
struct written_message {
  const std::string& channel;
  const std::string& external_id;
  const std::string& type;
  const std::string& content_json;
  timestamp at;
};

/// Whether a message was stored before: a webhook that comes again changes nothing.
bool is_message_known(storage::session& in, const uuid& tenant, const std::string& external_id);

/// Puts it into the conversation of its author, which is in the inbox from now on. One that is
/// known changes nothing, and nobody is asked for the `contact`.
void store_inbound_message(storage::session& in, const receiving_account& account,
                           const written_message& what, const std::function<uuid()>& contact);

}  // namespace omnistream::actors
