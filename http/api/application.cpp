#include "http/api/application.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "config/base/log.hpp"
#include "http/api/authenticator.hpp"
#include "http/contract/problem_json.hpp"

namespace omnistream::http::api {
namespace {

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

server::response problem_answer(const problem& why, const std::string& request_id,
                                std::vector<std::pair<std::string, std::string>> headers = {}) {
  auto all = contract::problem_headers(why);
  std::move(headers.begin(), headers.end(), std::back_inserter(all));
  all.emplace_back("X-Request-Id", request_id);
  return {.status = why.status,
          .content_type = std::string(contract::problem_content_type),
          .body = contract::problem_json(why, request_id),
          .headers = std::move(all)};
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

problem body_too_large(const std::string& which, std::size_t bytes_max) {
  return {413,
          "body_too_large",
          which + "; this operation takes at most " + std::to_string(bytes_max) + ".",
          {},
          {}};
}

/// What can be said of a body before it comes.
std::optional<problem> body_refused(const contract::operation& what, const server::request& head,
                                    std::size_t bytes_max) {
  const auto announced = head.header("Content-Length");
  std::size_t bytes = 0;
  std::from_chars(announced.data(), announced.data() + announced.size(), bytes);
  if (bytes > bytes_max)
    return body_too_large("The body has " + std::to_string(bytes) + " bytes", bytes_max);
  if (what.body && !is_json(head.header("Content-Type")))
    return problem{415,
                   "unsupported_media_type",
                   "Send the body with Content-Type: application/json.",
                   {},
                   {}};
  return std::nullopt;
}

server::body_sender sender_of(const contract::operation& what) {
  using contract::authentication;
  if (what.access == authentication::caller) return server::body_sender::caller;
  return what.access == authentication::mail_signature ? server::body_sender::mailer
                                                       : server::body_sender::stranger;
}

void log_answer(const contract::operation& what, int status,
                operation_figures::clock::duration took, const std::string& request_id,
                const std::string& client) {
  const auto level = status >= 500 ? log::level::warn : log::level::debug;
  if (!log::enabled(level)) return;
  const auto ms = std::chrono::duration<double, std::milli>(took).count();
  const log::field fields[] = {{"operation", what.id},
                               {"status", status},
                               {"ms", ms},
                               {"request_id", request_id},
                               {"client", client}};
  log::write(level, "http", "answered", fields);
}

/// Path parameters that are not declared otherwise are uuids; what is none, and what is not one of
/// the values that are declared, names nothing.
bool has_impossible_id(const contract::operation& what,
                       const std::vector<std::pair<std::string, std::string>>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&what](const auto& parameter) {
    const auto declared =
        std::find_if(what.path_parameters.begin(), what.path_parameters.end(),
                     [&parameter](const auto& spec) { return spec.name == parameter.first; });
    if (declared == what.path_parameters.end()) return !uuid::parse(parameter.second);
    const auto& allowed = declared->value.allowed;
    return !allowed.empty() &&
           std::find(allowed.begin(), allowed.end(), parameter.second) == allowed.end();
  });
}

}  // namespace

application::application(services& with, const route_table& routes)
    : with_(with),
      routes_(routes),
      client_address_(with.settings.http_trusted_proxies),
      nowhere_("none") {
  const auto& operations = routes.operations().operations();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    router_.add(operations[i].method, operations[i].path, i);
    figures_.push_back(std::make_unique<operation_figures>(operations[i].id));
  }
}

std::variant<application::destination, server::response> application::find(
    const server::request& head, const std::string& request_id) const {
  auto match = router_.find(head.method, head.path);
  using kind = server::router::match::kind;
  if (match.what == kind::no_path || match.what == kind::malformed)
    return problem_answer({404,
                           "no_such_path",
                           "There is nothing at " + head.path + "; /docs shows what there is.",
                           {},
                           {}},
                          request_id);
  if (match.what == kind::no_method && head.method == "OPTIONS")
    return server::response{
        .status = 204, .content_type = "", .body = "", .headers = {{"Allow", match.allow}}};
  if (match.what == kind::no_method)
    return problem_answer(
        {405, "method_not_allowed", "This path takes " + match.allow + ".", {}, {}}, request_id,
        {{"Allow", match.allow}});
  if (has_impossible_id(routes_.operations()[match.operation], match.parameters))
    return problem_answer(problems::not_found("such object"), request_id);
  return destination{match.operation, std::move(match.parameters)};
}

/// Webhooks and mails may be larger than anything else that strangers post, so their limits are
/// settings.
std::size_t application::body_limit_of(const contract::operation& what) const {
  using contract::authentication;
  const auto& settings = with_.settings;
  if (what.access == authentication::webhook_signature)
    return static_cast<std::size_t>(settings.webhooks_body_bytes_max);
  if (what.access == authentication::mail_signature)
    return static_cast<std::size_t>(
        std::min(settings.webhooks_mail_bytes_max, settings.http_body_bytes_max));
  return what.body_bytes_max;
}

server::admission application::admit(const server::request& head) {
  const auto request_id = request_id_of(head);
  auto found = find(head, request_id);
  if (auto* nowhere = std::get_if<server::response>(&found)) {
    nowhere_.count(nowhere->status);
    return {.refusal = std::move(*nowhere)};
  }
  const auto index = std::get<destination>(found).operation;
  const auto& operation = routes_.operations()[index];
  const auto limit = body_limit_of(operation);
  auto why = body_refused(operation, head, limit);
  if (!why && operation.access == contract::authentication::caller)
    why = no_credentials(with_, head);
  if (why) {
    figures_[index]->count(why->status);
    return {.refusal = problem_answer(*why, request_id)};
  }
  auto too_large = [this, index, limit, request_id] {
    figures_[index]->count(413);
    return problem_answer(body_too_large("The body has more bytes", limit), request_id);
  };
  if (operation.access != contract::authentication::caller)
    return {.body_bytes_max = limit, .too_large = too_large, .from = sender_of(operation)};
  return {.body_bytes_max = limit,
          .too_large = too_large,
          .look_up = [this, &head, index, request_id](auto done) {
            look_up_caller(head, index, request_id, std::move(done));
          }};
}

/// Whoever may not do the operation need not send a large body to be told.
void application::look_up_caller(const server::request& head, std::size_t operation,
                                 const std::string& request_id, server::admission_verdict done) {
  authenticate(with_, head, [this, operation, request_id, done](const result<identity_ptr>& who) {
    const auto why = who ? forbidden_to(**who, routes_.operations()[operation]) : who.error();
    if (!why) return done(std::nullopt);
    figures_[operation]->count(why->status);
    done(problem_answer(*why, request_id));
  });
}

void application::handle(server::request request, std::shared_ptr<server::responder> to) {
  const auto began = operation_figures::clock::now();
  const auto request_id = request_id_of(request);
  auto found = find(request, request_id);
  if (auto* nowhere = std::get_if<server::response>(&found)) {
    nowhere_.count(nowhere->status);
    return to->send(std::move(*nowhere));
  }
  auto& [index, parameters] = std::get<destination>(found);
  auto client = client_address_.of(request);
  request.remote_address = client;
  const auto& operation = routes_.operations()[index];
  auto on = std::make_shared<exchange>(
      with_, operation, std::move(request), std::move(parameters), request_id,
      [to, began, &figures = *figures_[index], &operation, request_id,
       client = std::move(client)](server::response answer) {
        const auto took = operation_figures::clock::now() - began;
        figures.note(answer.status, took);
        log_answer(operation, answer.status, took, request_id, client);
        to->send(std::move(answer));
      });
  run(on, index);
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

}  // namespace omnistream::http::api
