#include "tests/simulator/graph_fixture.hpp"

namespace graph_simulator {
namespace {

TEST_F(graph, accepts_a_message_in_metas_shape) {
  const auto answer = send(order_update("+62 812-3456-7890", "id-1"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body["messaging_product"], "whatsapp");
  EXPECT_EQ(answer.body["contacts"][0]["input"], "+62 812-3456-7890");
  EXPECT_EQ(answer.body["contacts"][0]["wa_id"], "6281234567890");
  EXPECT_EQ(answer.body["messages"][0]["message_status"], "accepted");
  ASSERT_EQ(sink_.messages.size(), 1u);
  const auto& told = sink_.messages[0];
  EXPECT_EQ(answer.body["messages"][0]["id"], make_wamid(told.recipient, told.nonce, told.index));
  EXPECT_EQ(told.callback, "id-1");
  EXPECT_EQ(told.category, "utility");
  EXPECT_EQ(told.forced_failure, 0);
}

TEST_F(graph, errors_have_metas_shape) {
  auto body = order_update();
  body["template"].erase("components");
  const auto answer = send(body);
  EXPECT_EQ(answer.status, 400);
  const auto& error = answer.body["error"];
  EXPECT_EQ(error["type"], "OAuthException");
  EXPECT_EQ(error["code"], 132000);
  EXPECT_TRUE(error["message"].get<std::string>().starts_with("(#132000) "));
  EXPECT_EQ(error["error_data"]["messaging_product"], "whatsapp");
  EXPECT_FALSE(error["error_data"]["details"].get<std::string>().empty());
  EXPECT_FALSE(error["fbtrace_id"].get<std::string>().empty());
  EXPECT_EQ(stats()["rejected"]["132000"], 1);
  EXPECT_EQ(stats()["accepted"], 0);
}

TEST_F(graph, http_status_follows_the_code) {
  const std::pair<int, int> expected[] = {{130429, 429}, {131056, 400}, {131000, 500},
                                          {2, 503},      {190, 401},    {100, 400},
                                          {132001, 404}, {131026, 400}, {4711, 400}};
  for (const auto& [code, status] : expected) {
    call("POST", "/_sim/faults", json{{"kind", "error"}, {"code", code}, {"count", 1}}.dump());
    const auto answer = send(order_update());
    EXPECT_EQ(answer.status, status) << code;
    EXPECT_EQ(answer.code(), code);
  }
}

TEST_F(graph, needs_a_bearer_token) {
  const auto body = order_update().dump();
  for (const char* wrong : {"", "Bearer ", "Basic abc", "t"}) {
    const auto answer = call("POST", "/v23.0/111/messages", body, wrong);
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(answer.code(), 190);
  }
  EXPECT_EQ(call("GET", "/v23.0/111", "", "").status, 401);
  EXPECT_EQ(stats()["rejected"]["190"], 4) << "only messages count";
  EXPECT_EQ(call("GET", "/v23.0/111?access_token=t", "", "").status, 200);
}

class graph_with_token : public graph {
 protected:
  static simulator_options options() {
    auto options = default_options();
    options.token = "right";
    return options;
  }
  graph_with_token() : graph(options()) {}
};

TEST_F(graph_with_token, takes_only_that_token) {
  EXPECT_EQ(call("GET", "/v23.0/111", "", "Bearer wrong").code(), 190);
  EXPECT_EQ(call("GET", "/v23.0/111", "", "Bearer right").status, 200);
  EXPECT_EQ(call("GET", "/v23.0/111", "", "bearer right").status, 200);
}

TEST_F(graph, unknown_paths_and_objects_get_100_33) {
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/"},
                                                        {"GET", "/v23.0"},
                                                        {"GET", "/23.0/111"},
                                                        {"GET", "/v23/111"},
                                                        {"GET", "/v23.0/0"},
                                                        {"GET", "/v23.0/not%20an%20id"},
                                                        {"GET", "/v23.0/111/messages"},
                                                        {"POST", "/v23.0/111/media_of_mine"},
                                                        {"POST", "/v23.0/0/messages"}}) {
    const auto answer = call(method, path, "{}");
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.code(), 100) << path;
    EXPECT_EQ(answer.body["error"]["error_subcode"], 33) << path;
  }
  EXPECT_EQ(call("GET", "/_sim/nothing").status, 404);
  EXPECT_EQ(call("PUT", "/_sim/stats").status, 405);
  EXPECT_EQ(call("GET", "/v99.0/111").status, 200) << "any version is taken";
}

class graph_at_80 : public graph {
 protected:
  static simulator_options options() {
    simulator_options options;
    options.mps = 80;
    return options;
  }
  graph_at_80() : graph(options()) {}
};

TEST_F(graph_at_80, enforces_the_rate_per_number) {
  int accepted = 0;
  for (int i = 0; i < 200; ++i) {
    now_ += 5ms;
    const auto answer = send(order_update("62812345" + std::to_string(10'000 + i)));
    if (answer.status == 200) {
      ++accepted;
      continue;
    }
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.code(), 130429);
    std::set<std::string> names;
    for (const auto& [name, value] : answer.full.answer.headers) names.insert(name);
    EXPECT_TRUE(names.contains("Retry-After"));
    EXPECT_TRUE(names.contains("X-Business-Use-Case-Usage"));
  }
  EXPECT_EQ(accepted, 80) << "two hundred within one second";
  EXPECT_EQ(stats()["max_in_1s"]["111"], 80);
  EXPECT_EQ(stats()["rejected"]["130429"], 120);
  EXPECT_EQ(send(order_update("6289999999999"), "112").status, 200)
      << "another number has its own rate";
}

TEST_F(graph, enforces_the_pair_limit) {
  for (int i = 0; i < 45; ++i) ASSERT_EQ(send(order_update()).status, 200);
  const auto answer = send(order_update());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), 131056);
  EXPECT_EQ(send(order_update("6281111111111")).status, 200);
  EXPECT_EQ(send(order_update(), "112").status, 200);
  now_ += 6s;
  EXPECT_EQ(send(order_update()).status, 200);
}

TEST_F(graph, counts_duplicates) {
  send(order_update("6281111111111", "a"));
  send(order_update("6281111111112", "b"));
  send(order_update("6281111111113", "a"));
  send(order_update("6281111111114"));
  auto wrong = order_update("6281111111115", "b");
  wrong["template"]["name"] = "nowhere";
  send(wrong);
  const auto now = stats();
  EXPECT_EQ(now["accepted"], 4);
  EXPECT_EQ(now["distinct"], 2);
  EXPECT_EQ(now["duplicates"], 1);
  call("DELETE", "/_sim/stats");
  EXPECT_EQ(stats()["accepted"], 0);
  EXPECT_EQ(stats()["distinct"], 0);
  EXPECT_EQ(stats()["max_in_1s"], json::object());
}

TEST_F(graph, shows_the_last_accepted_bodies) {
  send(order_update("6281111111111", "a"));
  send(order_update("6281111111112", "b"), "112");
  auto list = call("GET", "/_sim/messages").body["messages"];
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["body"]["to"], "6281111111112") << "newest first";
  EXPECT_EQ(list[0]["phone_number_id"], "112");
  list = call("GET", "/_sim/messages?callback=a").body["messages"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["body"], order_update("6281111111111", "a"));
  EXPECT_EQ(call("GET", "/_sim/messages?limit=1").body["messages"].size(), 1u);
  EXPECT_EQ(call("GET", "/_sim/messages?limit=0").status, 400);
}

TEST_F(graph, phone_number_and_waba_fields) {
  const auto number = call("GET",
                           "/v23.0/111?fields=verified_name,display_phone_number,quality_rating,"
                           "throughput%7Blevel%7D,code_verification_status,health_status");
  ASSERT_EQ(number.status, 200) << number.body;
  EXPECT_EQ(number.body["id"], "111");
  EXPECT_EQ(number.body["quality_rating"], "GREEN");
  EXPECT_EQ(number.body["throughput"]["level"], "HIGH");
  EXPECT_EQ(number.body["health_status"]["can_send_message"], "AVAILABLE");
  EXPECT_EQ(number.body["health_status"]["entities"][0]["entity_type"], "PHONE_NUMBER");
  EXPECT_EQ(call("GET", "/v23.0/222?fields=name,currency").body["currency"], "USD");
  EXPECT_EQ(call("GET", "/v23.0/111?fields=colour").code(), 100);
  call("POST", "/_sim/health", R"({"id": "111", "can_send_message": "BLOCKED"})");
  EXPECT_EQ(
      call("GET", "/v23.0/111?fields=health_status").body["health_status"]["can_send_message"],
      "BLOCKED");
}

TEST_F(graph, registers_and_subscribes) {
  EXPECT_EQ(
      call("POST", "/v23.0/111/register", R"({"messaging_product": "whatsapp", "pin": "123456"})")
          .body,
      (json{{"success", true}}));
  for (const char* wrong : {"", "{}", R"({"messaging_product": "whatsapp"})",
                            R"({"messaging_product": "whatsapp", "pin": 123456})",
                            R"({"messaging_product": "whatsapp", "pin": "12345"})",
                            R"({"messaging_product": "sms", "pin": "123456"})"})
    EXPECT_EQ(call("POST", "/v23.0/111/register", wrong).code(), 100) << wrong;
  EXPECT_TRUE(call("GET", "/v23.0/222/subscribed_apps").body["data"].empty());
  EXPECT_EQ(call("POST", "/v23.0/222/subscribed_apps").body, (json{{"success", true}}));
  const auto apps = call("GET", "/v23.0/222/subscribed_apps").body["data"];
  ASSERT_EQ(apps.size(), 1u);
  EXPECT_TRUE(apps[0]["whatsapp_business_api_data"].contains("id"));
  const auto numbers = call("GET", "/v23.0/222/phone_numbers").body["data"];
  ASSERT_EQ(numbers.size(), 1u);
  EXPECT_EQ(numbers[0]["id"], "111");
}

TEST_F(graph, a_number_belongs_to_the_waba_it_is_bound_to) {
  call("POST", "/_sim/accounts", R"({"phone_number_id": "111", "waba_id": "900"})");
  call("GET", "/v23.0/222/message_templates");
  send(order_update("6281111111111"));
  send(order_update("6281111111112"), "112");
  ASSERT_EQ(sink_.messages.size(), 2u);
  EXPECT_EQ(sink_.messages[0].number->waba_id, "900");
  EXPECT_EQ(sink_.messages[1].number->waba_id, "222") << "the one named last";
}

TEST_F(graph, a_person_writes_to_us) {
  const auto answer = call(
      "POST", "/_sim/inbound",
      R"({"phone_number_id": "111", "from": "6281234567890", "text": "Halo", "name": "Budi"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  ASSERT_EQ(sink_.changes.size(), 1u);
  const auto change = json::parse(sink_.changes[0].json);
  EXPECT_EQ(change["field"], "messages");
  EXPECT_EQ(change["value"]["metadata"]["phone_number_id"], "111");
  EXPECT_EQ(change["value"]["contacts"][0]["wa_id"], "6281234567890");
  EXPECT_EQ(change["value"]["contacts"][0]["profile"]["name"], "Budi");
  const auto& message = change["value"]["messages"][0];
  EXPECT_EQ(message["id"], answer.body["id"]);
  EXPECT_EQ(message["from"], "6281234567890");
  EXPECT_EQ(message["type"], "text");
  EXPECT_EQ(message["text"]["body"], "Halo");
  EXPECT_EQ(message["timestamp"], "1700000001");
  ASSERT_EQ(
      call("POST", "/_sim/inbound", R"({"phone_number_id": "111", "from": "628", "type": "image"})")
          .status,
      200);
  EXPECT_EQ(json::parse(sink_.changes[1].json)["value"]["messages"][0]["image"]["mime_type"],
            "image/jpeg");
  for (const char* wrong :
       {"", "[]", "{}", R"({"phone_number_id": "111", "from": "628"})",
        R"({"phone_number_id": 111, "from": "628", "text": "x"})",
        R"({"phone_number_id": "111", "from": "+628", "text": "x"})",
        R"({"phone_number_id": "111", "from": "628", "text": 5})",
        R"({"phone_number_id": "111", "from": "628", "type": "fax"})",
        R"({"phone_number_id": "111", "from": "628", "type": "button"})",
        R"({"phone_number_id": "111", "from": "628", "text": "x", "colour": "red"})"})
    EXPECT_EQ(call("POST", "/_sim/inbound", wrong).status, 400) << wrong;
}

TEST_F(graph, outside_the_service_window_only_templates_arrive) {
  EXPECT_EQ(send(text_message()).status, 200) << "Meta accepts it and tells the failure later";
  call("POST", "/_sim/inbound",
       R"({"phone_number_id": "111", "from": "6281234567890", "text": "Halo"})");
  send(text_message());
  now_ += 24h;
  send(text_message());
  send(order_update());
  ASSERT_EQ(sink_.messages.size(), 4u);
  EXPECT_EQ(sink_.messages[0].forced_failure, 131047);
  EXPECT_EQ(sink_.messages[1].forced_failure, 0);
  EXPECT_EQ(sink_.messages[2].forced_failure, 131047);
  EXPECT_EQ(sink_.messages[3].forced_failure, 0);
}

TEST_F(graph, read_receipts_are_no_messages) {
  const auto answer =
      call("POST", "/v23.0/111/messages",
           R"({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"})");
  EXPECT_EQ(answer.body, (json{{"success", true}}));
  EXPECT_EQ(stats()["accepted"], 0);
  EXPECT_EQ(stats()["read_receipts"], 1);
}

TEST_F(graph, details_that_quote_rubbish_are_still_json) {
  auto answer =
      call("POST", "/v23.0/111/messages", "{\"messaging_product\":\"whatsapp\",\"\\u0000\":1}");
  EXPECT_EQ(answer.code(), 100);
  answer = call("GET", "/v23.0/222/message_templates?fields=%C3%A4");
  EXPECT_EQ(answer.code(), 100);
  answer = call("GET", "/v23.0/222/message_templates?fields=%FF");
  EXPECT_EQ(answer.code(), 100);
}

}  // namespace
}  // namespace graph_simulator
