#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {

/// A server whose owner has set up all logins, with the simulator behind them.
class logins_fixture : public testing::Test {
 protected:
  using json = nlohmann::json;

  static constexpr const char* redirect_uri = "https://app.example/connected";

  api_answer call(const std::string& method, const std::string& rest,
                  const json& body = nullptr) const {
    return call_as(tenant, method, rest, body);
  }
  api_answer call_as(const test_tenant& who, const std::string& method, const std::string& rest,
                     const json& body = nullptr) const {
    return server.call(who.api_key, method, "/api/integrations/" + rest, body);
  }
  json accounts() const {
    return server.call(tenant.api_key, "GET", "/api/integration-accounts").json();
  }
  std::string sql(const std::string& text) const { return server.database().sql(text); }
  const crypto::key256& key() { return server.services().encryption_key; }
  /// What a login gives that grants `what`.
  std::string code(const json& what) const { return meta.post("/_sim/logins", what)["code"]; }

  simulated_meta meta;
  wall_clock clock = [this] { return system_now() + later; };
  std::chrono::seconds later{0};  ///< that the server's clock is ahead
  api_server server{{.adjust =
                         [this](config::settings& of) {
                           of.meta_api_url = meta.url();
                           of.meta_instagram_api_url = meta.url();
                           of.meta_instagram_login_url = meta.url();
                           of.meta_app_id = "400000000000001";
                           of.meta_instagram_app_id = "500000000000001";
                           of.meta_app_secret = secret(simulated_meta::app_secret);
                           of.meta_redirect_uri = redirect_uri;
                           of.meta_embedded_signup_config_id = "600000000000001";
                         },
                     .now = clock}};
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

}  // namespace omnistream::test
