#pragma once

#include <vector>

#include "bench/graph_simulator/call.hpp"
#include "http/server/router.hpp"

namespace graph_simulator {

/// The Graph API and the simulator's own endpoints without sockets and clocks: a request in, how it
/// ends out. Not thread-safe.
class simulator {
 public:
  simulator(simulator_options options, start_time start, webhook_sink& sink);

  /// `now` never goes back. The request's body may be moved out of it.
  reply handle(request& http, instant now);
  /// Does what time brings without any call: the reviews of templates.
  void pass_time(instant now);
  /// What `GET /_sim/stats` shows.
  nlohmann::ordered_json stats();

 private:
  enum class needs {
    nothing,  ///< the simulator's own
    app,      ///< the app's id and secret, which it checks itself; feels faults and latency
    token,    ///< an access token; feels faults and latency
  };
  struct endpoint {
    endpoint_function serve;
    needs what;
    bool is_message;  ///< its refusals are counted
  };
  void add(const char* method, const char* pattern, endpoint_function serve, needs what,
           bool is_message = false);
  reply serve_graph(const endpoint& target, call& what);
  reply refuse(const endpoint& target, const api_error& error);
  bool may_call(call& what) const;
  reply unknown(const request& http, bool is_method_wrong);

  world world_;
  omnistream::http::server::router router_;
  std::vector<endpoint> endpoints_;
};

}  // namespace graph_simulator
