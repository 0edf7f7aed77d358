#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/base/crypto.hpp"
#include "config/settings.hpp"

namespace omnistream::http::app {

/// One running OmniStream, put together: database, engine, HTTP. Everything it owns is made in the
/// constructor and ended, in the opposite order, by stop() or the destructor.
class instance {
 public:
  /// Blocks until it listens. Throws std::runtime_error with a sentence for a person.
  explicit instance(config::settings settings);
  ~instance();

  std::uint16_t port() const;
  /// Takes nothing new, finishes what is in flight within shutdown.drain_timeout_ms, commits. True
  /// if nothing was left behind.
  bool drain();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// The key secrets are sealed with: the setting, or the key file in the data folder, made on first
/// use.
crypto::key256 encryption_key_of(const config::settings& settings);

/// The OpenAPI document of all operations.
std::string openapi_text(int indent);

}  // namespace omnistream::http::app
