#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {

/// A tenant with an email account, and Budi, who wrote to it.
class email_fixture : public testing::Test {
 protected:
  email_fixture() {
    account = connect({{"address", "help@shop.example"}, {"mail", server_config()}});
    receive({{"from", "Budi <budi@example.com>"},
             {"to", "help@shop.example"},
             {"subject", "Where is it?"},
             {"text", "My order."},
             {"message_id", "<1@example.com>"},
             {"headers", "References: <0@example.com>\n"}});
    const auto list = call("GET", "/api/conversations").json()["data"];
    if (list.size() == 1) chat = list[0]["id"];
  }

  static nlohmann::json server_config() {
    return {{"smtp_host", "127.0.0.1"},
            {"smtp_security", "tls"},
            {"smtp_user", "help"},
            {"smtp_password", "a-long-password"},
            {"from_name", "Toko Maju"}};
  }
  api_answer call(const std::string& method, const std::string& path,
                  const nlohmann::json& body = nullptr) {
    return server.call(tenant.api_key, method, path, body);
  }
  std::string connect(const nlohmann::json& what) {
    const auto made = call("POST", "/api/integration-accounts",
                           {{"channel", "email"},
                            {"account_key", what["address"]},
                            {"display_name", "Help"},
                            {"config", what["mail"]}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json().value("id", "");
  }
  void receive(const nlohmann::json& mail) {
    const auto got =
        server.send("POST", "/webhook/email", mail.dump(), {{"Content-Type", "application/json"}});
    ASSERT_EQ(got.status, 200) << got.body;
    ASSERT_TRUE(eventually([&] {
      return server.database().sql("select count(*) from webhook_inbox where failed_at is null") ==
             "0";
    }));
  }
  api_answer send(const nlohmann::json& message) {
    return call("POST", "/api/conversations/" + chat + "/messages", message);
  }
  static nlohmann::json mail(nlohmann::json what) {
    return {{"type", "email"}, {"email", std::move(what)}};
  }
  /// The newest message, once it has that status.
  nlohmann::json await_status(const std::string& status) {
    nlohmann::json newest;
    EXPECT_TRUE(eventually([&] {
      newest = call("GET", "/api/conversations/" + chat + "/messages").json()["data"][0];
      return newest["status"] == status;
    })) << newest;
    return newest;
  }
  /// What its sender was given of the mail that was sent last.
  nlohmann::json handed() {
    const auto sent = server.sender().sent();
    return sent.empty() ? nlohmann::json::object() : nlohmann::json::parse(sent.back().body);
  }
  std::string upload(const std::string& bytes, const std::string& name) {
    const std::string text = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" +
                             name + "\"\r\nContent-Type: application/pdf\r\n\r\n" + bytes +
                             "\r\n--x--\r\n";
    const auto made = server.send(
        "POST", "/api/media/upload", text,
        {{"X-API-Key", tenant.api_key}, {"Content-Type", "multipart/form-data; boundary=x"}});
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json().value("id", "");
  }

  temporary_folder folder{"email"};
  api_server server{{.adjust = [this](config::settings& of) {
    of.data_dir = folder.path().string();
    of.email_smtp_allowed_networks = "127.0.0.0/8";
  }}};
  test_tenant tenant = server.make_tenant();
  std::string account, chat;
};

}  // namespace omnistream::test
