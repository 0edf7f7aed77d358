#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/conversation/message_draft.hpp"
#include "actors/conversation/message_rules.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

/// What is particular to sending on one channel.
namespace omnistream::actors {

/// A locked conversation in which something is to be sent.
struct conversation_for_sending {
  uuid id, tenant_id;
  message_surroundings around;
  std::string account_key;  ///< Meta's id of the page or Instagram account, or the address
  std::string waba_id;      ///< of WhatsApp
  std::int64_t taken = 0;   ///< how many messages were taken in it so far
};

/// What is stored of a message.
struct kept_message {
  nlohmann::json content;                  ///< as content_of() makes it
  std::optional<std::string> external_id;  ///< where we name it ourselves
};

/// A message that is claimed, for its sender.
struct outgoing_content {
  uuid message_id, tenant_id;
  message_addressee to;           ///< reachable on the channel
  const nlohmann::json& content;  ///< as it was kept
  uuid claim{};                   ///< the token that it is claimed with
};

/// One channel. Stateless; any thread.
class outgoing_channel {
 public:
  virtual ~outgoing_channel() = default;
  /// How long after the person wrote a message of this type may be sent; nothing: always.
  virtual std::optional<std::chrono::hours> window(std::string_view type,
                                                   bool as_human_agent) const = 0;
  /// Whether the channel can find the person.
  virtual bool reaches(const message_addressee& to) const = 0;
  /// What in the message the channel does not take, 422; nothing if it takes it. Pure.
  virtual std::optional<problem> refuse(const message_draft& what) const = 0;
  /// Fits the message into its conversation, within the caller's transaction: 422 where something
  /// it names is not there.
  virtual result<kept_message> keep(storage::session& in, const conversation_for_sending& where,
                                    const message_draft& what) const = 0;
  /// What its sender is given.
  virtual std::string body(const outgoing_content& what) const = 0;
};

/// Null for a channel on which nothing can be sent.
const outgoing_channel* outgoing_channel_of(std::string_view channel);

const outgoing_channel& whatsapp_channel();
const outgoing_channel& messenger_channel();
const outgoing_channel& instagram_channel();
const outgoing_channel& email_channel();

/// The channel's id of the message that is replied to, if one is: 422 if it is not in the
/// conversation, or was not taken yet.
result<std::optional<std::string>> replied_to(storage::session& in, const uuid& conversation,
                                              const message_draft& what);

/// The 422 for a reaction to what is no message of the conversation; nothing if it is one, or the
/// message is no reaction.
std::optional<problem> refuse_reaction_target(storage::session& in,
                                              const conversation_for_sending& where,
                                              const message_draft& what);

/// The 422 for what a message names and is not there, or what its channel does not take.
problem not_found_in(const char* field, const char* what);
problem not_on_channel(std::string field, std::string detail);

}  // namespace omnistream::actors
