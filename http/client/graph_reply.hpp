#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/dispatch/message_sender.hpp"
#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// What Meta's reply to POST /messages says:
/// - 2xx with a message id: accepted;
/// - an error object, or any 3xx or 4xx: rejected;
/// - everything else that was answered (2xx without an id, 5xx without an error object as proxies
/// send them): uncertain.
/// To what is no message, as a reaction, Meta answers with whom it went to only: accepted, without
/// an id.
actors::send_result read_send_reply(const http_response& response, bool is_message = true);

/// Meta's error object `{"error": {...}}`; nothing if the text holds none.
std::optional<actors::graph_error> read_graph_error(std::string_view json);

/// How long Meta asks to wait: `Retry-After` (seconds or a date after `now_s`, Unix time), or the
/// longest `estimated_time_to_regain_access` (minutes) of `X-Business-Use-Case-Usage`, whichever is
/// longer.
std::optional<std::int64_t> retry_after_ms(const http_response& response, std::int64_t now_s);

}  // namespace omnistream::http::client
