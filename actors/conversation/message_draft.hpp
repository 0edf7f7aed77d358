#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// Which template a message is made from: by its id here, or by the name and language it has at
/// Meta.
struct template_choice {
  std::optional<uuid> id;
  std::string name, language;
};

/// A message that an agent wants to send, right in itself. `object` of a template is either Meta's
/// `components`, an array, or variables as campaigns' recipients have them, an object.
struct message_draft {
  std::string type;       ///< text, image, ...: WhatsApp's name of it, on every channel
  nlohmann::json object;  ///< what stands under that name in its API; of a template see below
  std::optional<uuid> reply_to;                  ///< a message of the same conversation
  std::optional<template_choice> from_template;  ///< exactly when it is a template
  bool as_human_agent = false;                   ///< Meta's tag HUMAN_AGENT: a person answers late
};

/// A draft as text, for what is kept until its time, and back. Throws nlohmann::json::exception for
/// a text that to_json() did not make.
std::string to_json(const message_draft& draft);
message_draft draft_from_json(std::string_view text);

/// Who a message goes to. On WhatsApp: by number, else by Meta's user id.
struct message_addressee {
  std::optional<std::string> phone_number;  ///< E.164 with +
  std::optional<std::string> user_id;
  /// On the other channels: the person's id with the page or Instagram account, or the address.
  std::optional<std::string> channel_id;
};

/// What is kept of a message: its type, the object of that name, the context of a reply, and the
/// tag HUMAN_AGENT. `replied_to`: the channel's id of the message it answers.
nlohmann::json content_of(const message_draft& draft, nlohmann::json object,
                          const std::optional<std::string>& replied_to);

}  // namespace omnistream::actors
