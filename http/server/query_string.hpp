#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/result.hpp"

namespace omnistream::http::server {

using query_parameters = std::vector<std::pair<std::string, std::string>>;

/// More than any operation has; a longer query is refused, so that reading one stays cheap.
inline constexpr std::size_t query_parameters_max = 100;

/// `a=b&c=d%20e` as decoded pairs in their order; a name without `=` has an empty value, empty
/// parts are skipped. Problem 400 `bad_query` when an escape is malformed, the text is not UTF-8,
/// or there are too many parts.
result<query_parameters> parse_query(std::string_view query);

}  // namespace omnistream::http::server
