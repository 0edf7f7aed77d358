#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "actors/conversation/conversation_machine.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"

namespace omnistream::http::api {

/// Shows the contact of a conversation what agents do, by Meta's own signs: that one types, that a
/// message was read. On WhatsApp, Messenger and Instagram, within 24 hours after the contact wrote,
/// to whom the caller sees. Nobody waits for it: what fails is counted in
/// `omnistream_contact_signals_total` and logged for debugging only. Any thread.
class contact_signals : public std::enable_shared_from_this<contact_signals> {
 public:
  /// At most once in typing_pause for each conversation: Meta shows it for about so long, or until
  /// a message comes. On WhatsApp that marks the contact's last message as read, too. Where it
  /// cannot be shown, that is looked at as rarely.
  void show_typing(services& with, const uuid& tenant, const actors::conversation_caller& by,
                   const uuid& conversation);
  /// Once for each last message of the contact.
  void show_read(services& with, const uuid& tenant, const actors::conversation_caller& by,
                 const uuid& conversation);

  static constexpr std::chrono::seconds typing_pause{20};
  /// What is remembered of each kind; beyond it all is forgotten, and may be shown once more.
  static constexpr std::size_t remembered_max = 10'000;

 private:
  enum class kind { typing, read };
  void show(kind what, services& with, const uuid& tenant, const actors::conversation_caller& by,
            const uuid& conversation);
  /// Whether it was shown lately, or that agent asked lately and there was nobody to show it to.
  bool rests(const uuid& conversation, const uuid& agent, timestamp now);
  void rest_of(const uuid& conversation, const uuid& agent, timestamp now);
  /// What was not shown is shown when it is asked for again.
  void forget_read(const uuid& conversation);
  bool is_news(kind what, const uuid& conversation, const std::string& message, timestamp now);

  std::mutex guard_;
  std::map<uuid, timestamp> typing_;  ///< when it was shown last
  /// When an agent asked last for whom there was nobody to show it to: only that agent need not
  /// be looked up again, as others may see the conversation.
  std::map<std::pair<uuid, uuid>, timestamp> in_vain_;
  std::map<uuid, std::string> read_;  ///< the message, by its id at Meta
};

}  // namespace omnistream::http::api
