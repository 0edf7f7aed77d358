#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// An `application/problem+json` answer of the server itself, for what never reaches the
/// application.
response canned_problem(int status, std::string_view code, std::string_view detail);

/// RESTinio closes a connection without a word when a request breaks a limit or cannot be parsed;
/// it only logs why. This is the answer that says it to the client instead, or nothing if there is
/// nobody to tell (the client went away). `cause` is RESTinio's log line.
std::optional<response> answer_to_failure(std::string_view cause);

/// The standard phrase of a status line (RFC 9110); empty for an unknown status.
std::string_view reason_phrase(int status);

/// The whole answer as bytes with `Connection: close`, for a connection that is about to be closed.
std::string last_words(const response& answer);

}  // namespace omnistream::http::server
