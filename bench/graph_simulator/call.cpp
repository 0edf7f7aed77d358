#include "bench/graph_simulator/call.hpp"

#include <algorithm>
#include <utility>

namespace graph_simulator {

const std::string* call::parameter(std::string_view name) const {
  const auto at = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  return at == query.end() ? nullptr : &at->second;
}

reply raw_reply(std::string body, int status) {
  reply result;
  result.answer.status = status;
  result.answer.body = std::move(body);
  return result;
}

reply json_reply(const nlohmann::ordered_json& body, int status) {
  return raw_reply(body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
                   status);
}

reply error_reply(world& state, const api_error& error, std::string_view business_id) {
  reply result;
  result.answer =
      render(error, static_cast<std::uint64_t>(state.start.count()) + ++state.traces, business_id);
  return result;
}

reply complaint_reply(std::string sentence) {
  return json_reply(nlohmann::ordered_json{{"error", std::move(sentence)}}, 400);
}

}  // namespace graph_simulator
