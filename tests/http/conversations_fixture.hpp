#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"

namespace omnistream::test {

inline constexpr const char* nobody = "018f5b6e-7a3c-7c11-9d55-2f6f1e5c0001";

/// A tenant with an account and people who wrote. The tenant's admin sees all.
class Conversations : public testing::Test {
 protected:
  using json = nlohmann::json;

  api_answer call(const std::string& method, const std::string& rest = "",
                  const json& body = nullptr) {
    return as(tenant.api_key, method, rest, body);
  }
  api_answer as(const std::string& key, const std::string& method, const std::string& rest = "",
                const json& body = nullptr) {
    return server.call(key, method, "/api/conversations" + rest, body);
  }
  std::string sql(const std::string& text) const { return server.database().sql(text); }

  /// What Meta answers when it refuses a message with this code.
  static actors::send_result refused(int code) {
    actors::send_result answer;
    answer.what = actors::send_result::certainty::rejected;
    answer.http_status = 400;
    answer.error = {code, 0, "Refused", ""};
    return answer;
  }

  /// A conversation in the inbox, of a contact with this name; later ones have later messages.
  std::string add(const std::string& name, const std::string& more = "",
                  const std::string& values = "") {
    const auto contact = sql("insert into contacts (tenant_id, name, phone_number) values ('" +
                             tenant.id.to_string() + "', '" + name + "', '+62812" +
                             std::to_string(1'000'000 + ++made) + "') returning id");
    // 10:00:01, 10:00:02, ...
    const auto at =
        "timestamptz '2026-11-20T10:00:00Z' + interval '" + std::to_string(made) + " s'";
    return sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
        "last_message_at, last_inbound_at" +
        (more.empty() ? "" : ", " + more) + ") values ('" + tenant.id.to_string() + "', '" +
        contact + "', '" + account + "', 'whatsapp', true, " + at + ", " + at +
        (values.empty() ? "" : ", " + values) + ") returning id");
  }

  /// The contacts of two conversations turn out to be one person; the older conversation stays.
  void become_one(const std::string& older, const std::string& younger) {
    const auto contact = [this](const std::string& of) {
      return sql("select contact_id from conversations where id = '" + of + "'");
    };
    EXPECT_EQ(sql("select is_done from merge_contacts('" + contact(older) + "', '" +
                  contact(younger) + "')"),
              "t");
  }
  std::string make_division(const std::string& name) {
    return sql("insert into divisions (tenant_id, name) values ('" + tenant.id.to_string() +
               "', '" + name + "') returning id");
  }
  void join(const std::string& division, const uuid& agent) {
    sql("insert into division_agents (division_id, agent_id, tenant_id) values ('" + division +
        "', '" + agent.to_string() + "', '" + tenant.id.to_string() + "')");
  }
  /// The contacts' names of a list, in its order.
  std::vector<std::string> listed(const std::string& query, const std::string& key) {
    const auto got = as(key, "GET", query);
    EXPECT_EQ(got.status, 200) << got.body;
    std::vector<std::string> names;
    const auto page = got.json();
    for (const auto& one : page["data"]) names.push_back(one["contact_name"]);
    EXPECT_EQ(page["total"], names.size());
    return names;
  }
  std::vector<std::string> listed(const std::string& query = "") {
    return listed(query, tenant.api_key);
  }

  api_server server;
  test_tenant tenant = server.make_tenant();
  test_tenant other = server.make_tenant("Other");
  std::string account =
      sql("insert into integration_accounts (tenant_id, channel, account_key, display_name, "
          "phone_number_id) values ('" +
          tenant.id.to_string() + "', 'whatsapp', 'wa-1', 'Toko', '1') returning id");
  int made = 0;
};

}  // namespace omnistream::test
