#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "actors/dispatch/send_action.hpp"
#include "actors/dispatch/sending_account.hpp"

namespace omnistream::actors {

/// One message, fully rendered.
struct outbound_message {
  account_ptr account;  ///< never null
  std::string body;     ///< as the channel's sender takes it; Meta's: JSON of POST /{id}/messages
};

/// Meta's error object, as in the reply or in a status webhook.
struct graph_error {
  int code = 0;
  int subcode = 0;
  std::string message;
  std::string details;  ///< error_data.details
};

/// What is known after a send.
struct send_result {
  enum class certainty {
    accepted,   ///< it was taken; Meta answered 2xx with a message id
    rejected,   ///< it was refused: it was not accepted
    not_sent,   ///< no byte of the body was written (refused, no route, TLS failed): safe to send
                ///< again
    uncertain,  ///< written, but no answer: it may or may not have been accepted; never sent again
                ///< by itself
  } what = certainty::uncertain;
  std::string message_id;  ///< Meta's, when accepted
  int http_status = 0;     ///< when answered
  graph_error error;  ///< when rejected; for not_sent and uncertain, message says what happened
  std::optional<std::int64_t> retry_after_ms;  ///< from Retry-After or X-Business-Use-Case-Usage
  /// When rejected, by senders whose errors are none of Meta's: what to do. `error.message` is then
  /// told to people as it is.
  std::optional<send_action> action;
};

/// The way out as the dispatchers see it; http/client implements it, tests fake it.
class message_sender {
 public:
  virtual ~message_sender() = default;
  /// Takes the message at once. `done` is called exactly once, on the sender's own thread, and must
  /// be short.
  virtual void send(outbound_message message, std::function<void(send_result)> done) = 0;
};

}  // namespace omnistream::actors
