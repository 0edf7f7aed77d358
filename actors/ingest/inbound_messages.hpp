#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

/// Whose a message is that comes in, and to whom of ours, on whatever channel. Everything runs in
/// the transaction that takes the webhook from the inbox, as the engine.
namespace omnistream::actors {

inline constexpr const char* whatsapp_channel_name = "whatsapp";
inline constexpr const char* email_channel_name = "email";

/// The account of ours that something came to.
struct receiving_account {
  uuid id;
  uuid tenant_id;
  std::optional<uuid> division_id;
};

/// The accounts of ours, each asked for once in a transaction.
class receiving_accounts {
 public:
  explicit receiving_accounts(storage::session& in) : in_(in) {}

  /// `key`: of WhatsApp Meta's id of the number, else the page, the Instagram account or the
  /// address. Null if it is not ours.
  const receiving_account* at(const std::string& channel, const std::string& key);

 private:
  storage::session& in_;
  std::map<std::pair<std::string, std::string>, std::optional<receiving_account>> known_;
};

/// Somebody on a channel.
struct person {
  std::string channel;
  std::string id;  ///< WhatsApp: the number with its +, or Meta's user id; else the id or address
  std::optional<std::string> name;
  std::optional<std::string> address;  ///< by mail: whoever has it already is the same contact
  /// Of WhatsApp, beside a number: Meta's user id, by which they write who hide it later.
  std::optional<std::string> user_id = {};

  /// Of WhatsApp, from the digits of a number or a user id, and the user id if it is told.
  static person of_whatsapp(const std::string& from, const std::string& name = {},
                            const std::string& user_id = {});
  bool has_number() const { return id.starts_with('+'); }
};

/// What is written, whoever wrote it.
struct written_message {
  std::string external_id;
  std::string type;
  std::string content_json;
  timestamp at{};
  bool is_automatic = false;  ///< nobody wrote it: it is shown, and nobody need look at it
  std::shared_ptr<const std::string> rest = {};  ///< JSON that its content lacks; null: none
  /// The channel's ids of messages that it answers; of a mail of several, the newest first.
  std::vector<std::string> answered = {};
};

/// Whether a message was stored before: a webhook that comes again changes nothing.
bool is_message_known(storage::session& in, const uuid& tenant, const std::string& external_id);

}  // namespace omnistream::actors
