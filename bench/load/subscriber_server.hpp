#pragma once

#include <cstdint>
#include <string>

namespace omnistream::load {

struct subscriber_options {
  std::uint16_t port = 0;  ///< of 127.0.0.1; 0: a free one
  std::string secret;      ///< `whsec_`, of all subscriptions
};

/// Serves as a subscriber until it is interrupted. Prints where it listens; throws
/// std::runtime_error or std::invalid_argument with a sentence for a person if it cannot.
void serve_subscriber(const subscriber_options& options);

}  // namespace omnistream::load
