#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "config/base/time.hpp"

namespace omnistream::actors {

/// One element of `messaging`, as Messenger and Instagram have it. See
/// https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
struct messaging_event {
  enum class kind : std::uint8_t {
    message,    ///< the person wrote, pressed a button or reacted
    echo,       ///< somebody wrote to the person from our account, here or elsewhere
    edit,       ///< a message got another text
    removal,    ///< the person took a message back
    delivered,  ///< what we sent up to `external_id` has arrived, or up to `at` if `by_time`
    read,       ///< the same was read
  };

  kind what = kind::message;
  std::string channel;      ///< messenger or instagram
  std::string account_key;  ///< our page's id, or our Instagram account's
  std::string person;       ///< the person's id with that account
  std::string external_id;  ///< of the message it is or concerns; made up for a reaction; may be
                            ///< empty for delivered and read
  timestamp at{};           ///< Meta's time; of delivered and read: their watermark, if any
  bool by_time = false;     ///< of delivered and read: `at` is a watermark
  std::string
      type;  ///< text, postback, reaction, unsupported, or as Meta names its first attachment
  std::string content_json;  ///< the whole element; of an edit: the new text as a JSON string
  std::string answered;      ///< of a message: the one that it answers; empty: none
};

/// An event that is not used; without a name it is malformed.
struct messaging_ignored {
  std::string name;
};

/// The channel that a webhook's `object` stands for; nothing if it is neither Messenger's nor
/// Instagram's.
std::optional<std::string> messaging_channel_of(std::string_view object);

/// Reads an element, without its channel and account. Never throws. All texts are valid UTF-8
/// without NUL, the JSON is valid and PostgreSQL takes it as jsonb.
std::variant<messaging_event, messaging_ignored> read_messaging_event(
    const nlohmann::json& element);

}  // namespace omnistream::actors
