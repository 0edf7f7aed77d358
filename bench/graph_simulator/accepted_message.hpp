#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/graph_simulator/clock.hpp"

namespace graph_simulator {

/// A phone number as webhooks name it.
struct number_info {
  std::string phone_number_id;
  std::string display_digits;  ///< `15550123456`
  std::string waba_id;
};

/// An accepted message, as much of it as its statuses need.
struct accepted_message {
  std::uint64_t index =
      0;  ///< in order of acceptance, from 0: chance depends on it and the seed alone
  std::uint64_t nonce = 0;  ///< makes its id unique across restarts
  std::shared_ptr<const number_info> number;
  std::string recipient;  ///< wa_id, or a business-scoped user id
  bool recipient_is_user_id = false;
  std::string callback;
  std::string_view category = "service";  ///< of the price; a literal
  instant accepted_at{};
  int forced_failure = 0;  ///< an error code: the message fails whatever chance says
};

/// The message's id in Meta's form: `wamid.` and the base64 of the recipient and a unique part.
std::string make_wamid(std::string_view recipient, std::uint64_t nonce, std::uint64_t index);

}  // namespace graph_simulator
