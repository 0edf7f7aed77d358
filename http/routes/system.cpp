#include "http/contract/tables/system.hpp"

#include <algorithm>

#include "config/base/crypto.hpp"
#include "config/base/metrics.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/authenticator.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/docs_page.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Health";

const failure token_wanted{
    401, "unauthenticated",
    "The server's metrics.token is set, and did not come as Authorization: Bearer."};

void health(const exchange_ptr& on) {
  on->json(200, R"({"status":"ok"})");
}

/// Ready: this process may be given traffic. What is not ready is named, for the person who looks.
void ready(const exchange_ptr& on) {
  const auto& with = on->with();
  const bool database = with.pool.reachable();
  const bool lease = with.owns_lease();
  const bool draining = with.draining();
  const bool all = database && lease && !draining;
  const nlohmann::json body = {{"status", all ? "ready" : "not_ready"},
                               {"database", database ? "ok" : "away"},
                               {"lease", lease ? "held" : "lost"},
                               {"draining", draining}};
  on->send({.status = all ? 200 : 503, .body = body.dump(), .headers = {}});
}

void metrics_text(const exchange_ptr& on) {
  const auto& token = on->with().settings.metrics_token;
  if (!token.empty() &&
      !crypto::equal_constant_time(api::bearer_token(on->request()), token.reveal()))
    return on->fail(problems::unauthenticated(token_wanted.doc));
  on->send({.status = 200,
            .content_type = "text/plain; version=0.0.4",
            .body = metrics::render(),
            .headers = {}});
}

void openapi(const exchange_ptr& on) {
  on->json(200, on->with().openapi);
}

void docs(const exchange_ptr& on) {
  const auto assets = docs_assets();
  const auto found = std::find_if(assets.begin(), assets.end(), [&on](const auto& asset) {
    return asset.path == on->operation().path;
  });
  on->send({.status = 200,
            .content_type = std::string(found->content_type),
            .body = std::string(found->body),
            .headers = {{"Content-Security-Policy", std::string(docs_content_security_policy)},
                        {"Cache-Control", "max-age=300"}}});
}

std::string id_of(std::string_view path) {
  std::string id(path.substr(1));
  std::replace_if(
      id.begin(), id.end(), [](char c) { return c == '/' || c == '.' || c == '-'; }, '_');
  return id;
}

}  // namespace

void system(api::route_table& routes) {
  routes.describe(
      {tag_name, "Whether the server lives and can work, its figures, and this document."});
  routes.add({.id = "health",
              .method = "GET",
              .path = "/health",
              .tag = tag_name,
              .summary = "API Gateway health check",
              .description = "Answers as long as the process lives.",
              .access = authentication::none,
              .successes = {{.doc = "It lives.", .body = health_shape()}}},
             health);
  routes.add({.id = "ready",
              .method = "GET",
              .path = "/ready",
              .tag = tag_name,
              .summary = "Readiness check",
              .description = "Whether the database answers and the server is not shutting down. "
                             "503 with the same body "
                             "if not.",
              .access = authentication::none,
              .successes = {{.doc = "It may be given traffic.", .body = ready_shape()}}},
             ready);
  routes.add(
      {.id = "metrics",
       .method = "GET",
       .path = "/metrics",
       .tag = tag_name,
       .summary = "Figures for Prometheus",
       .access = authentication::none,
       .successes = {{.doc = "Prometheus' text format.",
                      .content_type = "text/plain",
                      .example =
                          "omnistream_http_requests_total{operation=\"health\",status=\"200\"} 1"}},
       .failures = {token_wanted}},
      metrics_text);
  routes.add({.id = "openapi",
              .method = "GET",
              .path = "/openapi.json",
              .tag = tag_name,
              .summary = "This document (OpenAPI 3.1)",
              .access = authentication::none,
              .successes = {{.doc = "The document.", .body = document_shape()}}},
             openapi);
  for (const auto& asset : docs_assets())
    routes.add({.id = id_of(asset.path),
                .method = "GET",
                .path = std::string(asset.path),
                .tag = tag_name,
                .summary = "Documentation page (" + std::string(asset.path) + ")",
                .access = authentication::none,
                .successes = {{.doc = "A page to read this document.",
                               .content_type = std::string(asset.content_type),
                               .example = ""}}},
               docs);
}

}  // namespace omnistream::http::routes
