#include "http/api/login_state.hpp"

#include <cstdint>

#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

constexpr std::size_t nonce_bytes = 16;
constexpr std::size_t time_bytes = 8;
constexpr std::size_t signature_bytes = 32;

std::string bytes_of(timestamp at) {
  auto micros = static_cast<std::uint64_t>(at.time_since_epoch().count());
  std::string bytes(time_bytes, '\0');
  for (auto place = time_bytes; place-- > 0; micros >>= 8)
    bytes[place] = static_cast<char>(micros & 0xff);
  return bytes;
}

timestamp time_of(std::string_view bytes) {
  std::uint64_t micros = 0;
  for (const char byte : bytes) micros = micros << 8 | static_cast<unsigned char>(byte);
  return timestamp(std::chrono::microseconds(static_cast<std::int64_t>(micros)));
}

/// Over what it says and whom it is for.
std::string signature(const crypto::key256& key, const login_begun& by, std::string_view payload) {
  const auto own = crypto::derive_key(key, "state of logins at Meta");
  const auto raw = own.bytes();
  return crypto::hmac_sha256(
      std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()),
      std::string(by.flow) + ':' + by.tenant.to_string() + ':' + by.agent.to_string() + ':' +
          std::string(payload));
}

problem refused(const char* code, const char* message) {
  return problems::invalid_field("state", code, message);
}

}  // namespace

login_state begin_login(const crypto::key256& key, const login_begun& by, timestamp now) {
  const auto expires_at = std::chrono::ceil<std::chrono::seconds>(now + login_state_life);
  const auto payload = crypto::random_bytes(nonce_bytes) + bytes_of(expires_at);
  return {crypto::base64url_encode(payload + signature(key, by, payload)), expires_at};
}

result<returned_state> check_login_state(const crypto::key256& key, const login_begun& by,
                                         std::string_view text, timestamp now) {
  constexpr std::size_t payload_bytes = nonce_bytes + time_bytes;
  const auto raw = crypto::base64url_decode(text);
  const bool is_whole = raw && raw->size() == payload_bytes + signature_bytes;
  if (!is_whole || !crypto::equal_constant_time(
                       std::string_view(*raw).substr(payload_bytes),
                       signature(key, by, std::string_view(*raw).substr(0, payload_bytes))))
    return refused("invalid", "It was not given to you for this login; begin the login again.");
  const auto expires_at = time_of(std::string_view(*raw).substr(nonce_bytes, time_bytes));
  if (expires_at <= now) return refused("expired", "It is too old; begin the login again.");
  return returned_state{crypto::base64url_encode(raw->substr(0, nonce_bytes)), expires_at};
}

result<done> use_login_state(storage::session& in, const returned_state& state) {
  in.execute(sql::login_states_forget);
  if (in.execute(sql::login_state_use, state.nonce, state.expires_at).empty())
    return refused("used", "A login was ended with it already; begin the login again.");
  return done{};
}

}  // namespace omnistream::http::api
