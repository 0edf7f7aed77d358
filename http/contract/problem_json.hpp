#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/result.hpp"
#include "http/contract/shape.hpp"

namespace omnistream::http::contract {

/// A problem as RFC 9457 `application/problem+json`: `type` (a page that explains the code),
/// `title` (of the status), `status`, `detail`, `code`, `errors` where there are any, and
/// `request_id`.
std::string problem_json(const problem& what, std::string_view request_id);

/// The headers that go with it: Retry-After where the problem names a time, WWW-Authenticate on
/// 401.
std::vector<std::pair<std::string, std::string>> problem_headers(const problem& what);

inline constexpr std::string_view problem_content_type = "application/problem+json";

/// The standard phrase of an error status; `Error` for others.
std::string_view title_of(int status);

/// What problem_json() writes, for the OpenAPI document and for check().
shape_ptr problem_shape();

}  // namespace omnistream::http::contract
