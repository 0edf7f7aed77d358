#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/session.hpp"

namespace omnistream::actors {

constexpr std::size_t cause_bytes_max = 500;  ///< of why an attempt failed

/// Runs `change`. If it fails, the transaction stands as before it and the cause is answered, as a
/// text that a database stores; a failure that another run of the transaction may mend goes on.
std::optional<std::string> attempt(storage::session& in, const std::function<void()>& change);

}  // namespace omnistream::actors
