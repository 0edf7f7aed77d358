#pragma once

#include <string>

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/graph_simulator/server.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {

/// Makes a campaign that names a template and an account, with one recipient who is still to be
/// sent to; `status` as the campaigns table has it. The engine learns of it by resume().
inline std::string store_campaign(const test_database& in, const uuid& tenant,
                                  const std::string& used_template, const std::string& account,
                                  const std::string& status) {
  const auto own = "'" + tenant.to_string() + "'";
  const auto id = new_campaign_id(system_now()).to_string();
  in.sql(
      "insert into campaigns (id, tenant_id, name, template_id, integration_account_id, status, "
      "total_recipients, created_by) values ('" +
      id + "', " + own + ", 'Promo', '" + used_template + "', '" + account + "', '" + status +
      "', 1, " + own + ")");
  in.sql(
      "insert into campaign_recipients (campaign_id, tenant_id, contact_id, seq, phone_number, "
      "variables) values ('" +
      id + "', " + own +
      ", gen_random_uuid(), 1, '+6281234567890', "
      "'{\"1\": \"Budi\", \"2\": \"#1\"}')");
  return id;
}

/// The Graph API simulator in this process, on a free port. It takes one token, and those of logins
/// that were begun there.
class simulated_meta {
 public:
  static constexpr const char* token = "EAAG-simulated-business-token-9f2c71";
  static constexpr const char* app_secret = "app-secret-of-the-simulated-app";

  simulated_meta() : server_(options()) {}
  ~simulated_meta() { server_.stop(); }
  simulated_meta(const simulated_meta&) = delete;
  simulated_meta& operator=(const simulated_meta&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  nlohmann::json get(const std::string& path) const { return call("GET", path, ""); }
  nlohmann::json post(const std::string& path, const nlohmann::json& body) const {
    return call("POST", path, body.dump());
  }
  /// What befalls calls from now on; `scope` all: not only messages.
  void fault(nlohmann::json what) const {
    what["scope"] = "all";
    post("/_sim/faults", what);
  }
  void clear_faults() const { call("DELETE", "/_sim/faults", ""); }
  /// Deletes a template at Meta, in all its languages.
  void delete_template(const std::string& waba, const std::string& name) const {
    call("DELETE", "/v23.0/" + waba + "/message_templates?name=" + name, "");
  }

 private:
  static graph_simulator::simulator_options options() {
    graph_simulator::simulator_options of;
    of.token = token;
    of.app_secret = app_secret;
    of.review_delay_ms = 600'000;  // templates stay PENDING
    return of;
  }

  static std::size_t take(char* bytes, std::size_t, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(bytes, count);
    return count;
  }

  nlohmann::json call(const std::string& method, const std::string& path,
                      const std::string& body) const {
    std::string got;
    auto* to = curl_easy_init();
    auto* lines =
        curl_slist_append(nullptr, (std::string("Authorization: Bearer ") + token).c_str());
    lines = curl_slist_append(lines, "Content-Type: application/json");
    curl_easy_setopt(to, CURLOPT_URL, (url() + path).c_str());
    curl_easy_setopt(to, CURLOPT_PROXY, "");
    curl_easy_setopt(to, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(to, CURLOPT_TIMEOUT_MS, 60'000L);
    curl_easy_setopt(to, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(to, CURLOPT_CUSTOMREQUEST, method.c_str());
    if (!body.empty()) curl_easy_setopt(to, CURLOPT_COPYPOSTFIELDS, body.c_str());
    curl_easy_setopt(to, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(to, CURLOPT_WRITEDATA, &got);
    EXPECT_EQ(curl_easy_perform(to), CURLE_OK) << path;
    curl_slist_free_all(lines);
    curl_easy_cleanup(to);
    return nlohmann::json::parse(got, nullptr, false);
  }

  graph_simulator::server server_;
};

}  // namespace omnistream::test
