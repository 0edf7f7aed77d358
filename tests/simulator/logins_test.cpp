#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/graph_simulator/simulator.hpp"

namespace graph_simulator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class no_webhooks final : public webhook_sink {
 public:
  void message_accepted(accepted_message) override {}
  void tell(webhook_change) override {}
  webhook_figures figures() const override { return {}; }
  void reset_counts() override {}
};

/// A simulator that takes one token besides those of logins, and an app with the secret `s`.
class logins : public ::testing::Test {
 protected:
  static simulator_options options() {
    simulator_options of;
    of.token = "t";
    of.app_secret = "s";
    return of;
  }
  json call(const std::string& method, const std::string& target, const std::string& token = "",
            const std::string& body = "") {
    request http;
    http.method = method;
    const auto question = target.find('?');
    http.path = target.substr(0, question);
    if (question != std::string::npos) http.query = target.substr(question + 1);
    http.body = body;
    if (!token.empty()) http.headers.emplace_back("Authorization", "Bearer " + token);
    return json::parse(simulator_.handle(http, {}).answer.body, nullptr, false);
  }
  static int code_of(const json& answer) {
    return answer.contains("error") ? answer["error"].value("code", -1) : 0;
  }
  std::string begin(const json& login) {
    return call("POST", "/_sim/logins", "", login.dump())["code"];
  }
  json exchange(const std::string& rest, const std::string& secret = "s") {
    return call("GET", "/v23.0/oauth/access_token?client_id=1&client_secret=" + secret + rest);
  }

  no_webhooks sink_;
  simulator simulator_{options(), start_time(1'700'000'000s), sink_};
};

TEST_F(logins, give_codes_that_are_good_once) {
  const auto code = begin({{"kind", "whatsapp"}, {"waba_id", "222"}, {"phone_number_id", "111"}});
  EXPECT_EQ(code_of(exchange("&code=" + code, "wrong")), 1);
  EXPECT_TRUE(exchange("&code=" + code).contains("access_token"));
  EXPECT_EQ(exchange("&code=" + code)["error"]["error_subcode"], 36'009);
  EXPECT_EQ(code_of(exchange("&code=nonsense")), 100);
}

TEST_F(logins, grant_a_number_that_is_registered_first) {
  const auto code = begin({{"kind", "whatsapp"}, {"waba_id", "222"}, {"phone_number_id", "111"}});
  const std::string token = exchange("&code=" + code)["access_token"];
  const auto numbers = "/v23.0/222/phone_numbers?fields=id,status,platform_type";
  EXPECT_EQ(call("GET", numbers, token)["data"][0]["status"], "PENDING");
  EXPECT_EQ(code_of(call("GET", "/v23.0/333/phone_numbers", token)), 100);
  call("POST", "/v23.0/111/register", token,
       R"({"messaging_product": "whatsapp", "pin": "123456"})");
  EXPECT_EQ(call("GET", numbers, token)["data"][0]["platform_type"], "CLOUD_API");
}

TEST_F(logins, grant_pages_with_tokens_of_their_own) {
  const auto code = begin({{"kind", "messenger"},
                           {"pages", {{{"id", "600"}, {"name", "Shop"}}}},
                           {"redirect_uri", "https://a.example"}});
  EXPECT_EQ(exchange("&code=" + code + "&redirect_uri=https://b.example")["error"]["error_subcode"],
            36'008);
  const auto again = begin({{"kind", "messenger"},
                            {"pages", {{{"id", "600"}, {"name", "Shop"}}}},
                            {"redirect_uri", "https://a.example"}});
  const std::string first =
      exchange("&redirect_uri=https://a.example&code=" + again)["access_token"];
  const std::string user =
      exchange("&grant_type=fb_exchange_token&fb_exchange_token=" + first)["access_token"];
  EXPECT_EQ(call("GET", "/v23.0/me/accounts", user)["data"][0]["name"], "Shop");
  const std::string page = call("GET", "/v23.0/600?fields=access_token", user)["access_token"];
  EXPECT_EQ(call("POST", "/v23.0/600/subscribed_apps?subscribed_fields=messages", page),
            (json{{"success", true}}));
  EXPECT_EQ(code_of(call("POST", "/v23.0/601/subscribed_apps", page)), 100);
}

TEST_F(logins, of_instagram_have_answers_of_their_own) {
  const auto code = begin({{"kind", "instagram"}, {"user_id", "700"}, {"username", "shop"}});
  const auto form = [&](const std::string& secret) {
    return call("POST", "/oauth/access_token", "",
                "client_id=1&client_secret=" + secret + "&code=" + code);
  };
  EXPECT_EQ(form("wrong")["error_message"], "Invalid platform app");
  const std::string first = form("s")["data"][0]["access_token"];
  EXPECT_EQ(form("s")["error_message"], "This authorization code has been used");
  const auto extend = "/access_token?grant_type=ig_exchange_token&client_secret=s&access_token=";
  const auto longer = call("GET", extend + first);
  EXPECT_GT(longer["expires_in"], 5'000'000);
  EXPECT_EQ(call("GET", "/v23.0/me?fields=user_id,username", longer["access_token"])["user_id"],
            "700");
}

TEST_F(logins, are_refused_with_a_sentence) {
  for (const auto* wrong : {"", "{}", R"({"kind": "email"})", R"({"kind": "whatsapp"})",
                            R"({"kind": "messenger", "pages": [{}]})"})
    EXPECT_TRUE(call("POST", "/_sim/logins", "", wrong)["error"].is_string()) << wrong;
}

TEST_F(logins, menus_need_a_button_to_start) {
  const auto path = "/v23.0/600/messenger_profile";
  const json menu{
      {"persistent_menu",
       {{{"locale", "default"},
         {"call_to_actions", {{{"type", "postback"}, {"title", "Go"}, {"payload", "go"}}}}}}}};
  EXPECT_EQ(call("POST", path, "t", menu.dump())["error"]["error_subcode"], 2'018'145);
  auto whole = menu;
  whole["get_started"] = {{"payload", "START"}};
  EXPECT_EQ(call("POST", path, "t", whole.dump())["result"], "success");
  const auto fields = std::string(path) + "?fields=persistent_menu,get_started";
  EXPECT_EQ(call("GET", fields, "t")["data"][0], whole);
  call("DELETE", path, "t", R"({"fields": ["persistent_menu"]})");
  EXPECT_FALSE(call("GET", fields, "t")["data"][0].contains("persistent_menu"));
}

}  // namespace
}  // namespace graph_simulator
