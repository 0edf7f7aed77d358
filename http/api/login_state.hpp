#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/base/crypto.hpp"
#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

/// What a login at Meta carries along and brings back (OAuth's `state`): it shows that the login
/// was begun here, by the agent who now hands in its code, and not by somebody who wants a stranger
/// to connect the wrong account. Signed by us, short-lived, good once.
namespace omnistream::http::api {

inline constexpr std::chrono::minutes login_state_life{15};

/// Who begins a login, and which.
struct login_begun {
  std::string_view flow;  ///< `instagram`, `messenger`
  uuid tenant;
  uuid agent;
};

struct login_state {
  std::string text;  ///< letters, digits, - and _
  timestamp expires_at;
};

/// A new one for whoever begins a login. Pure, but for its randomness.
login_state begin_login(const crypto::key256& key, const login_begun& by, timestamp now);

/// What a state that came back is made of, once its signature was checked.
struct returned_state {
  std::string nonce;
  timestamp expires_at;
};

/// 422 of field `state`: `invalid` if it is none of ours, or of another agent or login; `expired`.
result<returned_state> check_login_state(const crypto::key256& key, const login_begun& by,
                                         std::string_view text, timestamp now);

/// Uses a state up, in a transaction of the tenant; 422 of field `state`, `used`, if it was.
result<done> use_login_state(storage::session& in, const returned_state& state);

}  // namespace omnistream::http::api
