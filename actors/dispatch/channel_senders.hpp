#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <utility>

#include "actors/dispatch/message_sender.hpp"

namespace omnistream::actors {

/// Gives each message to the sender of its account's channel.
class channel_senders final : public message_sender {
 public:
  /// Before the first message. `with` outlives this.
  void use(channel_kind channel, message_sender& with) { at(channel) = &with; }

  /// A message of a channel without a sender is refused at once, on the caller's thread.
  void send(outbound_message message, std::function<void(send_result)> done) override {
    if (auto* sender = at(message.account->channel))
      return sender->send(std::move(message), std::move(done));
    send_result refused;
    refused.what = send_result::certainty::rejected;
    refused.action = send_action::fail_recipient;
    refused.error.message = "Nothing can be sent on this channel.";
    done(std::move(refused));
  }

 private:
  message_sender*& at(channel_kind channel) {
    return by_channel_.at(static_cast<std::size_t>(channel));
  }
  std::array<message_sender*, channels> by_channel_{};
};

}  // namespace omnistream::actors
