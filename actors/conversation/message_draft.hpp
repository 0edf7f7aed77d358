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
  std::string type;       ///< text, image, ...: Meta's name of it
  nlohmann::json object;  ///< what stands under that name in Meta's API; of a template see below
  std::optional<uuid> reply_to;                  ///< a message of the same conversation
  std::optional<template_choice> from_template;  ///< exactly when it is a template
};

/// A draft as text, for what is kept until its time, and back. Throws nlohmann::json::exception for
/// a text that to_json() did not make.
std::string to_json(const message_draft& draft);
message_draft draft_from_json(std::string_view text);

/// Who a message goes to: by number, else by Meta's user id.
struct message_addressee {
  std::optional<std::string> phone_number;  ///< E.164 with +
  std::optional<std::string> user_id;
};

/// The body of POST /{phone_number_id}/messages for a message of ours. `content` is what
/// content_of() made; `id` comes back with every status. One of the addressee's two is there.
std::string meta_body(const uuid& id, const message_addressee& to, const nlohmann::json& content);

/// What is kept of a message: its type, Meta's object of that name, and the context of a reply.
/// `replied_to`: Meta's id of the message it answers.
nlohmann::json content_of(const std::string& type, nlohmann::json object,
                          const std::optional<std::string>& replied_to);

}  // namespace omnistream::actors
