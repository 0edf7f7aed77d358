#include "actors/dispatch/send_action.hpp"

namespace omnistream::actors {

std::string_view to_string(send_action action) {
  using enum send_action;
  switch (action) {
    case slow_number:
      return "slow_number";
    case slow_pair:
      return "slow_pair";
    case retry_recipient:
      return "retry_recipient";
    case retry_tomorrow:
      return "retry_tomorrow";
    case pause_account:
      return "pause_account";
    case pause_campaign:
      return "pause_campaign";
    case fail_recipient:
      return "fail_recipient";
    case opt_out:
      return "opt_out";
  }
  return "unknown";
}

}  // namespace omnistream::actors
