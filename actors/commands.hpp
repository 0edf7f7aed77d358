#pragma once

#include <memory>
#include <variant>

#include "actors/campaign/campaign_store.hpp"
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

using command = std::variant<edit_campaign, remove_campaign, add_recipients, clear_recipients,
                             send_campaign, cancel_campaign>;

}  // namespace omnistream::actors
