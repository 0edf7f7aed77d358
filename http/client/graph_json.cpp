#include "http/client/graph_json.hpp"

#include <algorithm>
#include <array>

#include "actors/json_text.hpp"
#include "config/base/utf8.hpp"
#include "http/client/graph_reply.hpp"

namespace omnistream::http::client {
namespace {

using json = nlohmann::json;

constexpr std::size_t said_bytes_max = 500;  ///< of Meta's words in a detail
constexpr int token_refused = 190;           ///< Meta's code for a wrong or expired token

/// Whether the same call may go well later: a fault of Meta's own, or a limit of calls (the Graph
/// API's pages on error handling and on rate limits).
bool passes(const actors::graph_error& error) {
  constexpr std::array codes{2,      4,      17,     32,     341,     368,     613,    80'001,
                             80'002, 80'006, 80'007, 80'008, 131'016, 131'057, 133'004};
  return std::find(codes.begin(), codes.end(), error.code) != codes.end();
}

}  // namespace

std::string meta_words(const actors::graph_error& error) {
  std::string said = error.message;
  if (!error.details.empty()) said += " " + error.details;
  return std::string(utf8_beginning(said, said_bytes_max));
}

problem meta_refused(const actors::graph_error& error) {
  if (passes(error))
    return meta_unreachable(meta_words(error) + " (Meta error " + std::to_string(error.code) + ")");
  return problems::upstream(error.code == token_refused ? "meta_token_refused" : "meta_error",
                            "Meta refused the call: " + meta_words(error) + " (Meta error " +
                                std::to_string(error.code) + ")");
}

problem meta_unreachable(const std::string& why) {
  return problems::upstream("meta_unreachable", "Meta could not be asked; try again later. " + why);
}

result<json> read_graph_json(const http_response& response) {
  if (response.what != http_response::outcome::answered)
    return meta_unreachable(std::string(response.error));
  if (const auto error = read_graph_error(response.body)) return meta_refused(*error);
  if (response.status < 200 || response.status >= 300)
    return meta_unreachable("It answered with HTTP status " + std::to_string(response.status) +
                            ".");
  actors::json_cursor bounded(response.body);
  bounded.take_value();
  auto parsed = bounded.finished() ? json::parse(response.body, nullptr, false)
                                   : json(json::value_t::discarded);
  if (!parsed.is_object()) return meta_unreachable("Its answer is not a JSON object.");
  return parsed;
}

}  // namespace omnistream::http::client
