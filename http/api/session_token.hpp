#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/base/crypto.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// Signed tokens of sessions: JWT with HS256. A token only names a session; whether that still
/// lives is looked up, so a logout ends all its tokens at once.
class session_tokens {
 public:
  explicit session_tokens(const crypto::key256& key);
  /// A token for the session, good until `expires_at` (whole seconds).
  std::string issue(const uuid& session, timestamp expires_at) const;
  /// The session of a token that we signed and that has not expired at `now`.
  std::optional<uuid> verify(std::string_view token, timestamp now) const;

 private:
  crypto::key256 key_;
};

}  // namespace omnistream::http::api
