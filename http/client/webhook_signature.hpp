#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/base/time.hpp"

/// The symmetric signatures of the Standard Webhooks specification 1.0.
namespace omnistream::http::client {

inline constexpr std::string_view webhook_secret_prefix = "whsec_";
inline constexpr std::size_t webhook_secret_bytes_min = 24;  ///< of the key inside
inline constexpr std::size_t webhook_secret_bytes_max = 64;

/// `whsec_` and the base64 of 32 random bytes.
std::string make_webhook_secret();

/// Whether it is `whsec_` and the base64 of 24 to 64 bytes, in the standard alphabet with padding.
bool is_webhook_secret(std::string_view text);

/// The value of `webhook-signature`: one `v1,...` for each secret, with spaces between. Nothing if
/// there is no secret or one of them is none.
std::optional<std::string> sign_webhook(std::span<const std::string> secrets, std::string_view id,
                                        timestamp at, std::string_view body);

/// `at` as `webhook-timestamp` has it: whole seconds of Unix time.
std::string webhook_timestamp(timestamp at);

}  // namespace omnistream::http::client
