#include "http/api/exchange.hpp"

#include <stdexcept>

#include "http/contract/problem_json.hpp"

namespace omnistream::http::api {

exchange::exchange(services& with, const contract::operation& what, server::request request,
                   std::vector<std::pair<std::string, std::string>> path_parameters,
                   std::string request_id, std::function<void(server::response)> send)
    : with_(with),
      operation_(what),
      request_(std::move(request)),
      path_parameters_(std::move(path_parameters)),
      request_id_(std::move(request_id)),
      send_(std::move(send)) {}

const std::string& exchange::path_text(std::string_view name) const {
  for (const auto& [known, value] : path_parameters_)
    if (known == name) return value;
  throw std::logic_error("the operation " + operation_.id + " has no path parameter " +
                         std::string(name));
}

uuid exchange::path_id(std::string_view name) const {
  return uuid::parse(path_text(name)).value();
}

void exchange::send(server::response answer) {
  answer.headers.emplace_back("X-Request-Id", request_id_);
  send_(std::move(answer));
}

void exchange::fail(const problem& why, std::vector<std::pair<std::string, std::string>> headers) {
  for (auto& line : contract::problem_headers(why)) headers.push_back(std::move(line));
  send({.status = why.status,
        .content_type = std::string(contract::problem_content_type),
        .body = contract::problem_json(why, request_id_),
        .headers = std::move(headers)});
}

void exchange::finish(result<actors::answer> what) {
  if (what)
    json(what->status, std::move(what->json));
  else
    fail(what.error());
}

actors::reply_ptr exchange::reply() {
  return std::make_shared<actors::reply>(
      [self = shared_from_this()](result<actors::answer> what) { self->finish(std::move(what)); });
}

}  // namespace omnistream::http::api
