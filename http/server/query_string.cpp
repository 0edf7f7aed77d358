#include "http/server/query_string.hpp"

#include "http/server/percent.hpp"

namespace omnistream::http::server {

result<query_parameters> parse_query(std::string_view query) {
  query_parameters pairs;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (part.empty()) continue;
    if (pairs.size() == query_parameters_max)
      return problems::bad_request("bad_query", "The query has too many parameters.");
    const auto equals = part.find('=');
    auto name = form_decode(part.substr(0, equals));
    auto value = form_decode(equals == std::string_view::npos ? "" : part.substr(equals + 1));
    if (!name || !value)
      return problems::bad_request("bad_query",
                                   "The query has a malformed percent escape or is not UTF-8.");
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace omnistream::http::server
