#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/dispatch/message_sender.hpp"
#include "config/base/result.hpp"
#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// The JSON object of a reply of the Graph API; a problem as class graph_api has it if there is
/// none or it is an error.
result<nlohmann::json> read_graph_json(const http_response& response);

/// 502 `meta_unreachable`: no answer, none that can be read, or that it cannot be done now.
problem meta_unreachable(const std::string& why);

/// 502 `meta_token_refused` or `meta_error`, or `meta_unreachable` if that passes, with Meta's
/// words and its code.
problem meta_refused(const actors::graph_error& error);

/// Meta's words about an error, cut where they are long.
std::string meta_words(const actors::graph_error& error);

}  // namespace omnistream::http::client
