#include "bench/graph_simulator/page_messages.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bench/graph_simulator/simulator.hpp"

namespace graph_simulator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class kept_changes final : public webhook_sink {
 public:
  void message_accepted(accepted_message) override {}
  void tell(webhook_change change) override { changes.push_back(std::move(change)); }
  webhook_figures figures() const override { return {}; }
  void reset_counts() override {}
  std::vector<webhook_change> changes;
};

class pages : public ::testing::Test {
 protected:
  json call(const std::string& path, const json& body) {
    request http;
    http.method = "POST";
    http.path = path;
    http.body = body.dump();
    http.headers = {{"Authorization", "Bearer t"}};
    return json::parse(simulator_.handle(http, now_).answer.body);
  }
  json get_person(const std::string& id, const std::string& fields,
                  const std::string& token = "t") {
    request http;
    http.method = "GET";
    http.path = "/v23.0/" + id;
    http.query = "fields=" + fields;
    http.headers = {{"Authorization", "Bearer " + token}};
    return json::parse(simulator_.handle(http, now_).answer.body);
  }
  /// Somebody writes, so that they can be answered.
  void write(const std::string& object, const std::string& account, const std::string& from) {
    call("/_sim/messaging",
         {{"object", object}, {"account_id", account}, {"from", from}, {"text", "Halo"}});
  }
  json send(const std::string& node, const std::string& to, json message, json more = {}) {
    json body{{"recipient", {{"id", to}}},
              {"messaging_type", "RESPONSE"},
              {"message", std::move(message)}};
    if (more.is_object()) body.update(more);
    return call("/v23.0/" + node + "/messages", body);
  }
  static std::string code(const json& answer) {
    if (!answer.contains("error")) return "";
    const auto& error = answer["error"];
    return std::to_string(error["code"].get<int>()) + '/' +
           std::to_string(error.value("error_subcode", 0));
  }
  json told(std::size_t at) { return json::parse(sink_.changes.at(at).json); }

  static simulator_options settings() {
    simulator_options options;
    options.mps = 3;
    options.app_secret = "s";
    return options;
  }
  kept_changes sink_;
  simulator simulator_{settings(), start_time(1'700'000'000s), sink_};
  instant now_ = 1s;
};

TEST_F(pages, tell_what_people_write) {
  write("page", "600", "7001");
  call("/_sim/messaging", {{"object", "instagram"},
                           {"account_id", "178414600"},
                           {"from", "8001"},
                           {"postback", {{"title", "Go"}, {"payload", "go"}}}});
  ASSERT_EQ(sink_.changes.size(), 2u);
  EXPECT_EQ(sink_.changes[0].object, "page");
  EXPECT_EQ(sink_.changes[0].id, "600");
  EXPECT_EQ(told(0)["sender"]["id"], "7001");
  EXPECT_EQ(told(0)["timestamp"], 1'700'000'001'000);
  EXPECT_EQ(told(0)["message"]["text"], "Halo");
  EXPECT_EQ(told(1)["postback"]["payload"], "go");
  EXPECT_TRUE(call("/_sim/messaging", {{"object", "page"}}).contains("error"));
}

TEST_F(pages, answer_and_tell_the_echo_and_receipts) {
  write("page", "600", "7001");
  const auto answer = send("600", "7001", {{"text", "Hi"}, {"metadata", "id-1"}});
  EXPECT_EQ(answer["recipient_id"], "7001");
  const auto mid = answer["message_id"];
  ASSERT_EQ(sink_.changes.size(), 4u);
  EXPECT_EQ(told(1)["sender"]["id"], "600");
  EXPECT_EQ(told(1)["recipient"]["id"], "7001");
  EXPECT_EQ(told(1)["message"]["is_echo"], true);
  EXPECT_EQ(told(1)["message"]["mid"], mid);
  EXPECT_EQ(told(1)["message"]["metadata"], "id-1");
  EXPECT_EQ(told(2)["delivery"]["mids"][0], mid);
  EXPECT_EQ(sink_.changes[2].due, now_ + 200ms);
  EXPECT_EQ(told(3)["read"]["watermark"], 1'700'000'001'300);
}

TEST_F(pages, send_for_the_instagram_account_that_belongs_to_one) {
  write("instagram", "178414600", "8001");
  const auto answer = send("600", "8001", {{"text", "Hi"}, {"metadata", "id-1"}});
  EXPECT_EQ(answer["recipient_id"], "8001") << answer;
  EXPECT_EQ(send("178414600", "8001", {{"text", "Hi"}})["recipient_id"], "8001");
  ASSERT_EQ(sink_.changes.size(), 5u);
  EXPECT_EQ(sink_.changes[1].object, "instagram");
  EXPECT_EQ(sink_.changes[1].id, "178414600");
  EXPECT_FALSE(told(1)["message"].contains("metadata"));
  EXPECT_EQ(told(2)["read"]["mid"], answer["message_id"]);
  EXPECT_EQ(code(send("600", "8001", {{"text", std::string(1'001, 'x')}})), "100/0");
  EXPECT_EQ(code(send("600", "8001", {{"attachment", {{"type", "like_heart"}}}})), "");
}

TEST_F(pages, reach_those_who_wrote_lately_only) {
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}})), "100/2018001");
  write("page", "600", "7001");
  EXPECT_EQ(code(send("601", "7001", {{"text", "Hi"}})), "100/2018001") << "of another page";
  now_ += 24h;
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}})), "10/2018278");
  const json as_person{{"messaging_type", "MESSAGE_TAG"}, {"tag", "HUMAN_AGENT"}};
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}}, as_person)), "");
  now_ += 6 * 24h;
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}}, as_person)), "10/2018278");
}

TEST_F(pages, refuse_what_meta_refuses) {
  write("page", "600", "7001");
  const auto refused = [&](const json& message, const json& more = {}) {
    return code(send("600", "7001", message, more));
  };
  EXPECT_EQ(refused({}), "100/0");
  EXPECT_EQ(refused({{"text", "Hi"}, {"caption", "?"}}), "100/0");
  EXPECT_EQ(refused({{"text", std::string(2'001, 'x')}}), "100/0");
  EXPECT_EQ(refused({{"attachment", {{"type", "sticker"}, {"payload", {{"url", "u"}}}}}}), "100/0");
  EXPECT_EQ(refused({{"text", "Hi"}}, {{"tag", "HUMAN_AGENT"}}), "100/0");
  EXPECT_EQ(refused({{"text", "Hi"}}, {{"recipient", {{"id", 7}}}}), "100/0");
  EXPECT_EQ(refused({{"attachment", {{"type", "file"}, {"payload", {{"url", "u"}}}}}},
                    {{"reply_to", {{"mid", "m_1"}}}}),
            "");
  EXPECT_EQ(
      refused({{"text", "Which?"},
               {"quick_replies", {{{"content_type", "text"}, {"title", "A"}, {"payload", "a"}}}}}),
      "");
}

TEST_F(pages, take_what_is_no_message) {
  write("page", "600", "7001");
  write("instagram", "178414600", "8001");
  const auto act = [&](const std::string& to, const std::string& action, const json& payload = {}) {
    json body{{"recipient", {{"id", to}}}, {"sender_action", action}};
    if (payload.is_object()) body["payload"] = payload;
    return call("/v23.0/600/messages", body);
  };
  EXPECT_EQ(act("7001", "typing_on"), (json{{"recipient_id", "7001"}}));
  EXPECT_EQ(code(act("7001", "mark_seen")), "");
  const json smile{{"message_id", "m_1"}, {"reaction", "smile"}};
  EXPECT_EQ(code(act("7001", "react", smile)), "");
  EXPECT_EQ(code(act("8001", "react", smile)), "100/0") << "Instagram has the heart only";
  EXPECT_EQ(code(act("8001", "unreact", {{"message_id", "m_1"}})), "");
  EXPECT_EQ(code(act("7001", "react", {{"message_id", "m_1"}})), "131008/0");
  EXPECT_EQ(code(act("7001", "wave")), "100/0");
  EXPECT_EQ(code(act("7002", "typing_on")), "100/2018001");
  EXPECT_EQ(sink_.changes.size(), 2u) << "nobody is told";
}

TEST_F(pages, send_cards) {
  write("page", "600", "7001");
  const auto with = [&](const json& elements) {
    return code(send("600", "7001",
                     {{"attachment",
                       {{"type", "template"},
                        {"payload", {{"template_type", "generic"}, {"elements", elements}}}}}}));
  };
  const json button{{"type", "postback"}, {"title", "Order"}, {"payload", "1"}};
  EXPECT_EQ(with(json::array({{{"title", "Shoes"}, {"buttons", json::array({button})}},
                              {{"title", "Socks"}, {"subtitle", "Red"}}})),
            "");
  EXPECT_EQ(with(json::array({{{"title", "Socks"}}})), "100/0") << "nothing but a title";
  EXPECT_EQ(with(json::array()), "100/0");
}

TEST_F(pages, send_texts_with_links) {
  write("page", "600", "7001");
  const auto with = [&](const json& button) {
    return code(send("600", "7001",
                     {{"attachment",
                       {{"type", "template"},
                        {"payload",
                         {{"template_type", "button"},
                          {"text", "Your order"},
                          {"buttons", json::array({button})}}}}}}));
  };
  EXPECT_EQ(with({{"type", "web_url"}, {"url", "https://a.example"}, {"title", "Look"}}), "");
  EXPECT_EQ(with({{"type", "web_url"}, {"title", "Look"}}), "131008/0");
  EXPECT_EQ(with({{"type", "phone"}, {"url", "u"}, {"title", "Look"}}), "100/0");
}

TEST_F(pages, know_what_people_are_called) {
  const auto on_messenger = get_person("7001", "first_name,last_name");
  const auto on_instagram = get_person("7001", "name,username");
  EXPECT_FALSE(on_messenger["first_name"].get<std::string>().empty()) << on_messenger;
  EXPECT_EQ(on_instagram["name"], on_messenger["first_name"].get<std::string>() + " " +
                                      on_messenger["last_name"].get<std::string>());
  EXPECT_EQ(on_instagram["username"], "person.7001");
  EXPECT_NE(get_person("7002", "name,username")["name"], on_instagram["name"]);
  call("/_sim/faults", {{"kind", "error"}, {"code", 230}, {"count", 1}, {"scope", "all"}});
  EXPECT_EQ(code(get_person("7001", "name,username")), "230/0");
}

TEST_F(pages, tell_the_token_of_a_login_of_those_who_wrote_there) {
  const std::string begun = call("/_sim/logins", {{"kind", "instagram"},
                                                  {"user_id", "700"},
                                                  {"username", "shop"},
                                                  {"redirect_uri", "https://a.example"}})["code"];
  request http;
  http.method = "POST";
  http.path = "/oauth/access_token";
  http.body = "client_id=1&client_secret=s&redirect_uri=https://a.example&code=" + begun;
  const auto granted = json::parse(simulator_.handle(http, now_).answer.body);
  const std::string token = granted["data"][0]["access_token"];
  EXPECT_EQ(code(get_person("8001", "name,username", token)), "100/33");
  write("instagram", "700", "8001");
  EXPECT_EQ(get_person("8001", "name,username", token)["username"], "person.8001");
}

TEST_F(pages, keep_the_rate_and_feel_faults) {
  write("page", "600", "7001");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}})), "");
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}})), "613/0");
  now_ += 1s;
  call("/_sim/faults", {{"kind", "error"}, {"code", 551}, {"subcode", 1545041}, {"count", 1}});
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}})), "551/1545041");
  EXPECT_EQ(code(send("600", "7001", {{"text", "Hi"}})), "");
}

}  // namespace
}  // namespace graph_simulator
