#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// Where messages go, named as the API and the database name it.
enum class channel_kind : std::uint8_t { whatsapp, messenger, instagram, email };
inline constexpr std::size_t channels = 4;
std::string_view to_string(channel_kind channel);
std::optional<channel_kind> parse_channel(std::string_view text);

/// Who takes the messages of a channel, for texts that people read: "Meta" or "the mail server".
std::string_view taker_of(channel_kind channel);

/// Opens a sealed secret of an account by its name; null if it cannot be read.
using open_account_secret = std::function<std::shared_ptr<const std::string>(
    const uuid& account, const std::string& name, const std::string& sealed)>;

/// An account of ours that messages are sent through.
struct sending_account {
  uuid id;
  channel_kind channel = channel_kind::whatsapp;
  /// Meta's id of the phone number, the page or the Instagram account, or the address mails come
  /// from. What has the same one is paced together.
  std::string sender_id;
  std::shared_ptr<const std::string> access_token;  ///< of email: the password; never logged
  std::string sealed_token;      ///< as it stands in the database: another one after every change
  int messages_per_second = 80;  ///< 0: unlimited
  std::string config_json;       ///< of channels other than WhatsApp: all of its that is no secret
};
using account_ptr = std::shared_ptr<const sending_account>;

}  // namespace omnistream::actors
