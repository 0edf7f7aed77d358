#pragma once

#include <string>
#include <string_view>

#include "bench/graph_simulator/errors.hpp"
#include "bench/graph_simulator/world.hpp"
#include "http/server/listener.hpp"
#include "http/server/query_string.hpp"

namespace graph_simulator {

using omnistream::http::server::request;
using omnistream::http::server::response;

/// One call to the simulator: what came, and what the router made of it.
struct call {
  request& http;
  instant now;
  std::string version;  ///< `v23.0`; empty for /_sim
  std::string node;     ///< the object's id; empty for /_sim and logins
  std::string token;    ///< the access token; empty for /_sim and logins
  omnistream::http::server::query_parameters query;
  fate what_happens;  ///< by fault

  /// The first query parameter of that name; nothing if there is none.
  const std::string* parameter(std::string_view name) const;
};

/// How a call ends.
struct reply {
  response answer;
  std::int64_t delay_ms = 0;
  bool abort = false;  ///< the connection is reset, there is no answer
};

/// A body that is JSON text already.
reply raw_reply(std::string body, int status = 200);
reply json_reply(const nlohmann::ordered_json& body, int status = 200);
/// Meta's error answer.
reply error_reply(world& state, const api_error& error, std::string_view business_id = "0");
/// 400 and a sentence, for /_sim.
reply complaint_reply(std::string sentence);

/// An endpoint does its work on the world and says how the call ends.
using endpoint_function = reply (*)(world&, call&);

}  // namespace graph_simulator
