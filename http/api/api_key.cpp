#include "http/api/api_key.hpp"

#include "config/base/crypto.hpp"
#include "http/api/authenticator.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

constexpr std::size_t prefix_characters = 12;  // what a person tells keys apart by

}  // namespace

std::string make_api_key() {
  return "osk_" + crypto::random_token();
}

std::string store_api_key(storage::session& in, const new_api_key& what) {
  const auto row = in.execute(storage::queries::api_key_create, what.id, what.tenant_id,
                              what.agent_id, what.name, api_key_hash(what.key),
                              what.key.substr(0, prefix_characters), what.expires_at);
  // The key must not be an argument of a statement: databases log those.
  std::string json(row.text(0, 0));
  json.pop_back();
  return json + ",\"key\":\"" + what.key + "\"}";
}

}  // namespace omnistream::http::api
