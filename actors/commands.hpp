#pragma once

#include <memory>
#include <variant>

#include "actors/campaign/campaign_store.hpp"
#include "actors/conversation/conversation_machine.hpp"
#include "actors/conversation/message_intake.hpp"
#include "actors/webhook/webhook_store.hpp"
#include "config/base/time.hpp"

/// What callers may ask of an entity. Apart from interfaces.hpp, so that whoever sends commands
/// needs no CAF.
namespace omnistream::actors {

struct edit_campaign {
  campaign_edit changes;
};
struct remove_campaign {};
struct add_recipients {
  std::shared_ptr<const recipients_to_add> recipients;
};
struct clear_recipients {};
/// Send, schedule or resume. `wait_until`: how long the caller waits for the campaign to end.
struct send_campaign {
  timestamp wait_until;
};
struct cancel_campaign {};

using campaign_command = std::variant<edit_campaign, remove_campaign, add_recipients,
                                      clear_recipients, send_campaign, cancel_campaign>;

struct edit_webhook {
  webhook_edit changes;
};
struct remove_webhook {};
struct rotate_webhook_secret {
  webhook_rotation with;
};
/// Sends a webhook.test event at once, whatever the subscription's status; answered with its
/// delivery.
struct test_webhook {};
struct redeliver {
  uuid delivery_id;
};
struct redeliver_failed {
  timestamp since;
};

using webhook_command = std::variant<edit_webhook, remove_webhook, rotate_webhook_secret,
                                     test_webhook, redeliver, redeliver_failed>;

/// Takes a message and sends it in its conversation; answered when it is taken.
struct send_message {
  message_draft draft;
  message_origin from;
};

// What else is asked of a conversation is in its machine: conversation_command.

using command = std::variant<campaign_command, conversation_command, webhook_command, send_message>;

}  // namespace omnistream::actors
