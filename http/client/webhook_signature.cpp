#include "http/client/webhook_signature.hpp"

#include <chrono>

#include "config/base/crypto.hpp"

namespace omnistream::http::client {
namespace {

constexpr std::size_t made_bytes = 32;

std::optional<std::string> key_of(std::string_view secret) {
  std::optional<std::string> key;
  if (secret.starts_with(webhook_secret_prefix))
    key = crypto::base64_decode(secret.substr(webhook_secret_prefix.size()));
  if (key && (key->size() < webhook_secret_bytes_min || key->size() > webhook_secret_bytes_max))
    key.reset();
  return key;
}

}  // namespace

std::string make_webhook_secret() {
  return std::string(webhook_secret_prefix) +
         crypto::base64_encode(crypto::random_bytes(made_bytes));
}

bool is_webhook_secret(std::string_view text) {
  return key_of(text).has_value();
}

std::string webhook_timestamp(timestamp at) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

std::optional<std::string> sign_webhook(std::span<const std::string> secrets, std::string_view id,
                                        timestamp at, std::string_view body) {
  const auto seconds = webhook_timestamp(at);
  std::string signed_text;
  signed_text.reserve(id.size() + seconds.size() + body.size() + 2);
  signed_text.append(id).append(".").append(seconds).append(".").append(body);
  std::string signatures;
  for (const auto& secret : secrets) {
    const auto key = key_of(secret);
    if (!key) return std::nullopt;
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + crypto::base64_encode(crypto::hmac_sha256(*key, signed_text));
  }
  if (signatures.empty()) return std::nullopt;
  return signatures;
}

}  // namespace omnistream::http::client
