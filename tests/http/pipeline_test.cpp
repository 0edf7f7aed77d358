#include <gtest/gtest.h>

#include "http/contract/operation.hpp"
#include "tests/http_base/raw_client.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {
namespace {

/// A path of the operation with its parameters filled in.
std::string some_path(const http::contract::operation& of) {
  auto path = of.path;
  for (const auto& name : http::contract::path_parameter_names(of.path)) {
    std::string value = "0190a1b2-0000-7000-8000-000000000000";
    for (const auto& declared : of.path_parameters)
      if (declared.name == name && !declared.value.allowed.empty())
        value = declared.value.allowed.front();
    path.replace(path.find('{' + name + '}'), name.size() + 2, value);
  }
  return path;
}

TEST(Pipeline, RefusesNobodyWhereACallerIsNeeded) {
  const api_server server;
  for (const auto& operation : server.routes().operations().operations()) {
    if (operation.access != http::contract::authentication::caller) continue;
    const auto got = server.call("", operation.method, some_path(operation));
    EXPECT_EQ(got.status, 401) << operation.id;
    EXPECT_FALSE(got.header("WWW-Authenticate").empty()) << operation.id;
  }
}

TEST(Pipeline, KnowsACallerByItsKey) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto got = server.call(tenant.api_key, "GET", "/api/campaigns");
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.json()["total"], 0);
  EXPECT_EQ(server.call(tenant.api_key + "x", "GET", "/api/campaigns").status, 401);
}

TEST(Pipeline, RefusesWhatARoleDoesNotAllow) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto [agent, key] = server.make_agent(tenant.id, "agent@toko.example");
  const auto got = server.call(key, "GET", "/api/campaigns");
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.code(), "permission_denied");
}

TEST(Pipeline, SaysWhatAPathTakes) {
  const api_server server;
  EXPECT_EQ(server.call("", "GET", "/api/nothing").code(), "no_such_path");
  const auto got = server.call("", "PUT", "/api/campaigns", nlohmann::json::object());
  EXPECT_EQ(got.status, 405);
  EXPECT_EQ(got.header("Allow"), "GET, HEAD, OPTIONS, POST");
}

TEST(Pipeline, FiguresMayNeedAToken) {
  const api_server open;
  EXPECT_EQ(open.call("", "GET", "/metrics").status, 200);
  const api_server server(
      {.adjust = [](config::settings& values) { values.metrics_token = secret("a b+c"); }});
  const auto tells = [&](const header_lines& headers) {
    return server.send("GET", "/metrics", "", headers).status;
  };
  EXPECT_EQ(tells({}), 401);
  EXPECT_EQ(tells({{"Authorization", "Bearer a b+"}}), 401);
  EXPECT_EQ(tells({{"Authorization", "Basic a b+c"}}), 401);
  EXPECT_EQ(tells({{"Authorization", "Bearer a b+c"}}), 200);
}

/// What a server says to a header that announces a body which never comes.
TEST(Pipeline, RefusesBeforeTheBodyComes) {
  api_server server({.adjust = [](config::settings& settings) {
    settings.webhooks_body_bytes_max = 2'000'000;
    settings.webhooks_mail_bytes_max = 3'000'000;
  }});
  const auto tenant = server.make_tenant();
  const auto key = "X-API-Key: " + tenant.api_key + "\r\n";
  const auto said = [&](const std::string& line, const std::string& headers, std::size_t bytes) {
    omnistream::testing::raw_client client(server.port());
    client.send(line + " HTTP/1.1\r\nHost: t\r\n" + headers +
                "Content-Length: " + std::to_string(bytes) + "\r\n\r\n");
    const auto got = client.receive();
    EXPECT_TRUE(client.closed());
    EXPECT_FALSE(got.header("X-Request-Id").empty());
    return std::to_string(got.status) + ' ' +
           nlohmann::json::parse(got.body, nullptr, false).value("code", "");
  };
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(said("POST /api/nothing", json + key, 5), "404 no_such_path");
  EXPECT_EQ(said("PUT /api/campaigns", json + key, 5), "405 method_not_allowed");
  EXPECT_EQ(said("PATCH /api/campaigns/7", json + key, 5), "404 not_found");
  EXPECT_EQ(said("POST /api/campaigns", json, 5), "401 unauthenticated");
  EXPECT_EQ(said("POST /api/campaigns", json + "Authorization: Bearer eyJ\r\n", 5),
            "401 unauthenticated");
  EXPECT_EQ(said("POST /api/campaigns", key, 5), "415 unsupported_media_type");
  EXPECT_EQ(said("POST /api/campaigns", json + key, (1 << 20) + 1), "413 body_too_large");
  EXPECT_EQ(said("POST /api/auth/login", json, (16 << 10) + 1), "413 body_too_large");
  EXPECT_EQ(said("POST /webhook", json, 2'000'001), "413 body_too_large");
  EXPECT_EQ(said("POST /webhook/email", json, 3'000'001), "413 body_too_large");
}

/// A body in chunks does not say how large it is: the answer is the same when that shows.
TEST(Pipeline, RefusesAChunkedBodyThatIsTooLargeInTheSameWords) {
  api_server server;
  omnistream::testing::raw_client client(server.port());
  client.send(
      "POST /api/auth/login HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
      "X-Request-Id: mine-7\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\n" +
      std::string(0x5000, ' ') + "\r\n");
  const auto got = client.receive();
  EXPECT_EQ(got.status, 413);
  EXPECT_EQ(got.header("X-Request-Id"), "mine-7");
  const auto said = nlohmann::json::parse(got.body, nullptr, false);
  EXPECT_EQ(said.value("code", ""), "body_too_large");
  EXPECT_EQ(said.value("request_id", ""), "mine-7");
}

/// What the server says to a large body of which only the first part comes.
TEST(Pipeline, ReadsNoLargeBodyBeforeItKnowsTheCaller) {
  api_server server;
  const auto tenant = server.make_tenant();
  const auto [agent, powerless] = server.make_agent(tenant.id, "agent@toko.example");
  const auto said = [&](const std::string& key) {
    omnistream::testing::raw_client client(server.port());
    client.send(
        "POST /api/campaigns/0190a1b2-0000-7000-8000-000000000000/recipients HTTP/1.1\r\n"
        "Host: t\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\nX-API-Key: " +
        key + "\r\n\r\n{");
    return client.receive().status;
  };
  EXPECT_EQ(said("osk_nobody"), 401);
  EXPECT_EQ(said(powerless), 403);
  const auto taken =
      server.send("POST", "/api/campaigns/0190a1b2-0000-7000-8000-000000000000/recipients",
                  nlohmann::json{{"phone_numbers", {"+6281200000001"}},
                                 {"variables", {{"x", {{"1", std::string(1'000'000, 'x')}}}}}}
                      .dump(),
                  {{"X-API-Key", tenant.api_key}});
  EXPECT_TRUE(taken.status == 404 || taken.status == 422) << taken.status << taken.body;
}

}  // namespace
}  // namespace omnistream::test
