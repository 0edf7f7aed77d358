#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// All headers of an answer but Connection and Content-Length: the one place that knows the common
/// ones (Server, Date, Content-Type, nosniff, no-store for JSON). What the answer sets itself wins;
/// a header that would break the message (control characters) is left out and logged. Io thread
/// only.
std::vector<std::pair<std::string, std::string>> final_headers(const response& answer);

/// The length that an answer tells of itself in its headers; nothing if it does not.
std::optional<std::size_t> told_length(const response& answer);

}  // namespace omnistream::http::server
