#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// One request to a subscriber's endpoint.
struct delivery_request {
  uuid tenant_id;  ///< whose it is: lanes are shared fairly over tenants
  std::string url;
  uuid delivery_id;                         ///< becomes `webhook-id`; the same at every attempt
  timestamp at;                             ///< of this attempt; becomes `webhook-timestamp`
  std::shared_ptr<const std::string> body;  ///< the exact bytes that are signed and sent
  /// `whsec_...`, each of which signs: the current one, and while a secret rotates the one before.
  std::vector<std::string> secrets;  ///< never logged
};

/// What came of one attempt.
struct delivery_result {
  int status = 0;  ///< HTTP status; 0 if there was no whole answer
  std::chrono::milliseconds duration{0};
  std::string excerpt;  ///< the first bytes of the answer, repaired to text a database stores
  std::string error;    ///< one sentence, when there was no answer
  std::optional<std::chrono::seconds> retry_after;  ///< what the subscriber asked for
  bool recalled = false;                            ///< taken back before it left: nobody was asked

  bool delivered() const { return status >= 200 && status < 300; }
};

/// The way out to subscribers as the webhook actors see it; http/client implements it, tests fake
/// it.
class delivery_sender {
 public:
  virtual ~delivery_sender() = default;
  /// Takes the request at once. `done` is called exactly once, on a thread of the sender, and must
  /// be short.
  virtual void send(delivery_request request, std::function<void(delivery_result)> done) = 0;
  /// Takes back a request that still waits for its turn: it is answered as recalled, perhaps within
  /// the call. Nothing happens to what has left.
  virtual void recall(const uuid& delivery_id) { static_cast<void>(delivery_id); }
};

}  // namespace omnistream::actors
