#include "http/api/application.hpp"

#include <algorithm>
#include <chrono>

#include "config/base/log.hpp"
#include "config/base/metrics.hpp"
#include "http/api/authenticator.hpp"
#include "http/contract/problem_json.hpp"

namespace omnistream::http::api {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t request_id_bytes_max = 100;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// The caller's own request id if it is harmless to repeat, else a fresh one.
std::string request_id_of(const server::request& from) {
  const auto given = from.header("X-Request-Id");
  if (!given.empty() && given.size() <= request_id_bytes_max &&
      std::all_of(given.begin(), given.end(), is_plain))
    return std::string(given);
  return uuid::v7(system_now()).to_string();
}

void send_problem(server::responder& to, const problem& why, const std::string& request_id,
                  std::vector<std::pair<std::string, std::string>> headers = {}) {
  auto all = contract::problem_headers(why);
  std::move(headers.begin(), headers.end(), std::back_inserter(all));
  all.emplace_back("X-Request-Id", request_id);
  to.send({.status = why.status,
           .content_type = std::string(contract::problem_content_type),
           .body = contract::problem_json(why, request_id),
           .headers = std::move(all)});
}

bool is_json(std::string_view content_type) {
  const auto end = std::min(content_type.find(';'), content_type.size());
  auto type = content_type.substr(0, end);
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  constexpr std::string_view json = "application/json";
  return std::equal(json.begin(), json.end(), type.begin(), type.end(), [](char a, char b) {
    return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
  });
}

std::optional<problem> body_refused(const contract::operation& what, const server::request& from) {
  if (from.body.size() > what.body_bytes_max)
    return problem{413,
                   "body_too_large",
                   "The body has " + std::to_string(from.body.size()) +
                       " bytes; this operation takes at most " +
                       std::to_string(what.body_bytes_max) + ".",
                   {},
                   {}};
  if (what.body && !from.body.empty() && !is_json(from.header("Content-Type")))
    return problem{415,
                   "unsupported_media_type",
                   "Send the body with Content-Type: application/json.",
                   {},
                   {}};
  return std::nullopt;
}

/// Path parameters that are not declared otherwise are uuids; what is none names nothing.
bool has_impossible_id(const contract::operation& what,
                       const std::vector<std::pair<std::string, std::string>>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&what](const auto& parameter) {
    const bool declared =
        std::any_of(what.path_parameters.begin(), what.path_parameters.end(),
                    [&parameter](const auto& spec) { return spec.name == parameter.first; });
    return !declared && !uuid::parse(parameter.second);
  });
}

}  // namespace

application::application(services& with, const route_table& routes) : with_(with), routes_(routes) {
  const auto& operations = routes.operations().operations();
  for (std::size_t i = 0; i < operations.size(); ++i)
    router_.add(operations[i].method, operations[i].path, i);
}

void application::handle(server::request request, std::shared_ptr<server::responder> to) {
  const auto began = clock::now();
  const auto request_id = request_id_of(request);
  auto match = router_.find(request.method, request.path);
  using kind = server::router::match::kind;
  if (match.what == kind::no_path || match.what == kind::malformed)
    return send_problem(*to,
                        {404,
                         "no_such_path",
                         "There is nothing at " + request.path + "; /docs shows what there is.",
                         {},
                         {}},
                        request_id);
  if (match.what == kind::no_method && request.method == "OPTIONS")
    return to->send(
        {.status = 204, .content_type = "", .body = "", .headers = {{"Allow", match.allow}}});
  if (match.what == kind::no_method)
    return send_problem(*to,
                        {405, "method_not_allowed", "This path takes " + match.allow + ".", {}, {}},
                        request_id, {{"Allow", match.allow}});
  const auto& operation = routes_.operations()[match.operation];
  if (const auto why = body_refused(operation, request)) return send_problem(*to, *why, request_id);
  if (has_impossible_id(operation, match.parameters))
    return send_problem(*to, problems::not_found("such object"), request_id);
  auto on = std::make_shared<exchange>(
      with_, operation, std::move(request), std::move(match.parameters), request_id,
      [this, to, began, &operation, request_id](server::response answer) {
        note(operation, answer.status, clock::now() - began, request_id);
        to->send(std::move(answer));
      });
  run(on, match.operation);
}

void application::run(const exchange_ptr& on, std::size_t operation) {
  if (on->operation().access != contract::authentication::caller) return carry_out(on, operation);
  authenticate(with_, on->request(), [this, on, operation](result<identity_ptr> who) {
    if (!who) return on->fail(who.error());
    if (const auto why = forbidden_to(**who, on->operation())) return on->fail(*why);
    on->set_caller(*who);
    carry_out(on, operation);
  });
}

void application::carry_out(const exchange_ptr& on, std::size_t operation) {
  const auto guarded = [this, on, operation] {
    try {
      routes_.handler_of(operation)(on);
    } catch (const std::exception& unexpected) {
      log::error("http", "a handler failed",
                 {{"operation", on->operation().id},
                  {"request_id", on->request_id()},
                  {"reason", unexpected.what()}});
      on->fail(problems::internal());
    }
  };
  // Reading a large body would keep the io thread from everybody else.
  if (!on->operation().is_heavy)
    guarded();
  else if (!with_.long_work->submit(with_.engine, guarded))
    on->fail(problems::unavailable("busy", "Too many large calls at this moment; try again.", 2));
}

void application::note(const contract::operation& what, int status, clock::duration took,
                       const std::string& request_id) {
  metrics::counter_of("omnistream_http_requests_total", "Requests by operation and status.",
                      {{"operation", what.id}, {"status", std::to_string(status)}})
      .add();
  metrics::seconds_of("omnistream_http_request_seconds",
                      "Time from a request's arrival to its answer.", {{"operation", what.id}})
      .observe(std::chrono::duration<double>(took).count());
  const auto level = status >= 500 ? log::level::warn : log::level::debug;
  if (!log::enabled(level)) return;
  const auto ms = std::chrono::duration<double, std::milli>(took).count();
  const log::field fields[] = {
      {"operation", what.id}, {"status", status}, {"ms", ms}, {"request_id", request_id}};
  log::write(level, "http", "answered", fields);
}

}  // namespace omnistream::http::api
