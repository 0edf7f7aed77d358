#pragma once

#include <chrono>
#include <thread>

#include "http/api/services.hpp"

namespace omnistream::http::api {

/// How long before its end a token is renewed.
inline constexpr std::chrono::days renewed_before{30};

/// Renews the tokens of Instagram accounts that were connected by a login there and that end soon:
/// at most 100 of them, those that end first. Returns at once. What Instagram refuses is logged and
/// tried again the next time, until the token has ended.
void renew_instagram_tokens(services& with);

/// Forgets the tokens of logins whose hour to choose pages is over. Returns at once.
void forget_ended_logins(services& with);

/// Does both every hour on a thread of its own, from now until it dies.
class token_renewals {
 public:
  explicit token_renewals(services& with);

 private:
  std::jthread thread_;
};

}  // namespace omnistream::http::api
