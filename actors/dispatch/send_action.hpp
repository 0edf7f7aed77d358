#pragma once

#include <cstdint>
#include <string_view>

namespace omnistream::actors {

/// What a dispatcher does after a message was refused.
enum class send_action : std::uint8_t {
  slow_number,  ///< the whole account sends too fast or the other side is in trouble: back off,
                ///< then try again
  slow_pair,    ///< too many messages to this one person: this recipient again after pair_delay()
  retry_recipient,  ///< a passing fault of this one call: this recipient again after
                    ///< recipient_delay(); the dispatcher rests the account after many in a row
  retry_tomorrow,   ///< Meta's cap on marketing messages per person: once more after
                    ///< retry_tomorrow_delay, then final
  pause_account,  ///< token, payment, registration or spam rate: nothing of this account goes until
                  ///< a person acts
  pause_campaign,  ///< the template is paused, disabled or missing: nothing of this campaign goes
  fail_recipient,  ///< final for this recipient, nobody else is touched
  opt_out,         ///< final for this recipient, who asked not to get marketing messages
};
std::string_view to_string(send_action action);

}  // namespace omnistream::actors
