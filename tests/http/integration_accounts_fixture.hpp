#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"

namespace omnistream::test {

inline const std::string waba = "102290129340398";

/// Accounts of a tenant, with the simulator behind them.
class integration_accounts_fixture : public testing::Test {
 protected:
  using json = nlohmann::json;

  api_answer call(const std::string& method, const std::string& rest = "",
                  const json& body = nullptr) {
    return server.call(tenant.api_key, method, "/api/integration-accounts" + rest, body);
  }
  static json whatsapp(const std::string& number) {
    return {{"channel", "whatsapp"},
            {"display_name", "Toko " + number},
            {"config",
             {{"phone_number_id", number},
              {"waba_id", waba},
              {"access_token", simulated_meta::token}}}};
  }
  static json email(const std::string& key) {
    return {{"channel", "email"},
            {"account_key", key},
            {"display_name", "Mail"},
            {"config", {{"from_name", "Toko"}, {"smtp_password", "a-long-mail-password"}}}};
  }
  json connect(const json& what) {
    const auto made = call("POST", "", what);
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json();
  }
  std::string make_division(const test_tenant& of) {
    return server.call(of.api_key, "POST", "/api/divisions", {{"name", "Sales"}}).json()["id"];
  }
  std::string sql(const std::string& text) { return server.database().sql(text); }
  std::string sealed(const std::string& id, const std::string& name) {
    return sql("select secrets ->> '" + name + "' from integration_accounts where id = '" + id +
               "'");
  }
  /// A campaign of this tenant that names the account.
  std::string campaign(const std::string& account, const std::string& status) {
    const auto used =
        sql("insert into wa_templates (tenant_id, waba_id, name, language, category, status, "
            "components) values ('" +
            tenant.id.to_string() + "', '" + waba +
            "', 't' || gen_random_uuid(), 'id', 'UTILITY', 'APPROVED', "
            R"('[{"type": "BODY", "text": "Halo."}]') returning id)");
    return store_campaign(server.database(), tenant.id, used, account, status);
  }

  simulated_meta meta;
  api_server server{
      {.adjust = [this](config::settings& values) { values.meta_api_url = meta.url(); }}};
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
};

}  // namespace omnistream::test
