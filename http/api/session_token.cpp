#include "http/api/session_token.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <jwt.h>

namespace omnistream::http::api {
namespace {

constexpr std::size_t token_bytes_max = 2'048;

struct free_jwt {
  void operator()(jwt_t* token) const { jwt_free(token); }
};
using jwt_ptr = std::unique_ptr<jwt_t, free_jwt>;

long seconds_of(timestamp at) {
  return static_cast<long>(
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
}

}  // namespace

session_tokens::session_tokens(const crypto::key256& key)
    : key_(crypto::derive_key(key, "session tokens")) {}

std::string session_tokens::issue(const uuid& session, timestamp expires_at) const {
  jwt_t* raw = nullptr;
  if (jwt_new(&raw) != 0) throw std::runtime_error("cannot make a token");
  const jwt_ptr token(raw);
  const auto key = key_.bytes();
  if (jwt_add_grant(token.get(), "sid", session.to_string().c_str()) != 0 ||
      jwt_add_grant_int(token.get(), "exp", seconds_of(expires_at)) != 0 ||
      jwt_set_alg(token.get(), JWT_ALG_HS256, key.data(), static_cast<int>(key.size())) != 0)
    throw std::runtime_error("cannot make a token");
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(token.get()), &std::free);
  if (!text) throw std::runtime_error("cannot sign a token");
  return text.get();
}

std::optional<uuid> session_tokens::verify(std::string_view token, timestamp now) const {
  if (token.empty() || token.size() > token_bytes_max) return std::nullopt;
  jwt_t* raw = nullptr;
  const auto key = key_.bytes();
  if (jwt_decode(&raw, std::string(token).c_str(), key.data(), static_cast<int>(key.size())) != 0)
    return std::nullopt;
  const jwt_ptr decoded(raw);
  // The library takes the algorithm from the token, where an attacker writes it: ours is the only
  // one.
  if (jwt_get_alg(decoded.get()) != JWT_ALG_HS256) return std::nullopt;
  if (jwt_get_grant_int(decoded.get(), "exp") <= seconds_of(now)) return std::nullopt;
  const char* session = jwt_get_grant(decoded.get(), "sid");
  return session == nullptr ? std::nullopt : uuid::parse(session);
}

}  // namespace omnistream::http::api
