#pragma once

#include <optional>
#include <string>

#include "http/api/exchange.hpp"

namespace omnistream::http::api {

/// The header by which a caller may make the same call again without doing it twice.
inline constexpr const char* idempotency_header = "Idempotency-Key";

/// The key a caller gives; an inner nothing if there is none, nothing if it was refused: with a
/// 422, as it has at most 255 printable ASCII characters.
std::optional<std::optional<std::string>> idempotency_key(const exchange_ptr& on);

}  // namespace omnistream::http::api
