#include "http/api/idempotency.hpp"

#include <algorithm>

namespace omnistream::http::api {
namespace {

constexpr std::size_t key_characters_max = 255;

}  // namespace

std::optional<std::optional<std::string>> idempotency_key(const exchange_ptr& on) {
  const std::string key(on->request().header(idempotency_header));
  if (key.empty()) return std::optional<std::string>();
  const bool lawful =
      key.size() <= key_characters_max &&
      std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (lawful) return std::optional(key);
  on->fail(problems::invalid_field(idempotency_header, "wrong_format",
                                   "It has at most 255 printable ASCII characters."));
  return std::nullopt;
}

}  // namespace omnistream::http::api
