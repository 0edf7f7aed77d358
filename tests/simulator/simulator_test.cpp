#include "bench/graph_simulator/simulator.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/simulator/messages.hpp"

namespace graph_simulator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::order_update;
using testing::text_message;

/// Keeps what would be told by webhook.
class kept_webhooks final : public webhook_sink {
 public:
  void message_accepted(accepted_message message) override {
    messages.push_back(std::move(message));
  }
  void tell(webhook_change change) override { changes.push_back(std::move(change)); }
  webhook_figures figures() const override { return {}; }
  void reset_counts() override {}
  std::vector<accepted_message> messages;
  std::vector<webhook_change> changes;
};

class graph : public ::testing::Test {
 protected:
  static simulator_options default_options() {
    simulator_options options;
    options.mps = std::nullopt;
    return options;
  }
  explicit graph(simulator_options options = default_options())
      : simulator_(std::move(options), start_time(1'700'000'000s), sink_) {}

  struct outcome {
    int status;
    json body;
    reply full;
    int code() const {
      return body.is_object() && body.contains("error") ? body["error"].value("code", -1) : 0;
    }
  };
  outcome call(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& token = "Bearer t") {
    request http;
    http.method = method;
    const auto question = target.find('?');
    http.path = target.substr(0, question);
    if (question != std::string::npos) http.query = target.substr(question + 1);
    http.body = body;
    http.headers = {{"Host", "graph.test"}};
    if (!token.empty()) http.headers.emplace_back("Authorization", token);
    auto full = simulator_.handle(http, now_);
    return {full.answer.status, json::parse(full.answer.body, nullptr, false), full};
  }
  outcome send(const json& body, const std::string& number = "111") {
    return call("POST", "/v23.0/" + number + "/messages", body.dump());
  }
  json stats() { return call("GET", "/_sim/stats").body; }

  kept_webhooks sink_;
  simulator simulator_;
  instant now_ = 1s;
};

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

TEST_F(graph, the_first_fault_that_hits_decides_and_counts_run_out) {
  EXPECT_EQ(call("POST", "/_sim/faults", R"({"kind": "http_500", "count": 2})").status, 200);
  EXPECT_EQ(send(order_update()).status, 500);
  EXPECT_EQ(send(order_update()).status, 500);
  EXPECT_EQ(send(order_update()).status, 200);
  EXPECT_EQ(stats()["rejected"]["500"], 2);
}

TEST_F(graph, a_share_of_the_calls_is_hit) {
  call("POST", "/_sim/faults", R"({"kind": "error", "code": 131000, "share": 0.25})");
  int failed = 0;
  for (int i = 0; i < 2000; ++i)
    failed += send(order_update("62812345" + std::to_string(10'000 + i))).status == 500;
  EXPECT_NEAR(failed, 500, 80);
  call("DELETE", "/_sim/faults");
  EXPECT_EQ(send(order_update()).status, 200);
  EXPECT_TRUE(call("GET", "/_sim/faults").body["faults"].empty());
}

TEST_F(graph, resets_come_before_or_after_acceptance) {
  call("POST", "/_sim/faults", R"({"kind": "reset_before", "count": 1})");
  EXPECT_TRUE(send(order_update()).full.abort);
  EXPECT_EQ(stats()["accepted"], 0);
  call("POST", "/_sim/faults", R"({"kind": "reset_after", "count": 1})");
  EXPECT_TRUE(send(order_update()).full.abort);
  EXPECT_EQ(stats()["accepted"], 1);
  EXPECT_EQ(stats()["resets"]["before"], 1);
  EXPECT_EQ(stats()["resets"]["after"], 1);
  EXPECT_EQ(sink_.messages.size(), 1u) << "its statuses will be posted";
  EXPECT_FALSE(send(order_update()).full.abort);
}

TEST_F(graph, latencies_add_up) {
  call("POST", "/_sim/faults", R"({"kind": "latency", "ms": 100})");
  call("POST", "/_sim/faults", R"({"kind": "latency", "ms": 20})");
  const auto answer = send(order_update());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.full.delay_ms, 120);
  EXPECT_EQ(call("GET", "/v23.0/111").full.delay_ms, 0)
      << "faults hit messages only, unless told otherwise";
  EXPECT_EQ(call("GET", "/_sim/stats").full.delay_ms, 0);
}

TEST_F(graph, an_expired_token_is_expired_everywhere) {
  call("POST", "/_sim/faults", R"({"kind": "expire_token"})");
  for (const auto& answer : {send(order_update()), call("GET", "/v23.0/111")}) {
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.code(), 190);
    EXPECT_EQ(answer.body["error"]["error_subcode"], 463);
  }
}

TEST_F(graph, an_error_may_come_by_webhook) {
  call("POST", "/_sim/faults",
       R"({"kind": "error", "code": 131026, "via": "webhook", "count": 1})");
  EXPECT_EQ(send(order_update()).status, 200);
  ASSERT_EQ(sink_.messages.size(), 1u);
  EXPECT_EQ(sink_.messages[0].forced_failure, 131026);
}

TEST_F(graph, malformed_faults_are_explained) {
  for (const char* wrong :
       {"", "[]", "{}", R"({"kind": "fire"})", R"({"kind": "latency"})", R"({"kind": "error"})",
        R"({"kind": "http_500", "share": 0})", R"({"kind": "http_500", "share": 1.1})",
        R"({"kind": "http_500", "share": "all"})", R"({"kind": "http_500", "count": 0})",
        R"({"kind": "http_500", "count": 1.5})", R"({"kind": "latency", "ms": -1})",
        R"({"kind": "latency", "ms": 99999999999999999999})",
        R"({"kind": "http_500", "colour": 1})", R"({"kind": "http_500", "scope": "some"})"}) {
    const auto answer = call("POST", "/_sim/faults", wrong);
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_TRUE(answer.body["error"].is_string()) << wrong;
  }
}

TEST_F(graph, the_template_list_is_walked_by_cursors) {
  std::set<std::string> created{"hello_world", "order_update", "promo_image", "not_allowed"};
  for (int i = 0; i < 20; ++i) {
    const auto name = "made_" + std::to_string(i);
    const json definition{{"name", name},
                          {"language", "en_US"},
                          {"category", "UTILITY"},
                          {"components", {{{"type", "BODY"}, {"text", "x"}}}}};
    ASSERT_EQ(call("POST", "/v23.0/222/message_templates", definition.dump()).status, 200);
    created.insert(name);
  }
  for (const int limit : {1, 5, 7, 23, 24, 25, 100}) {
    std::set<std::string> seen;
    std::string next =
        "/v23.0/222/message_templates?fields=name,status,language&limit=" + std::to_string(limit);
    int pages = 0;
    while (!next.empty()) {
      const auto page = call("GET", next);
      ASSERT_EQ(page.status, 200) << page.body;
      for (const auto& each : page.body["data"]) {
        EXPECT_TRUE(seen.insert(each["name"]).second);
        EXPECT_TRUE(each["id"].is_string());
        EXPECT_FALSE(each.contains("components"));
      }
      ++pages;
      next.clear();
      if (!page.body["paging"].contains("next")) continue;
      next = page.body["paging"]["next"];
      ASSERT_TRUE(next.starts_with("http://graph.test/"));
      next = next.substr(std::string("http://graph.test").size());
    }
    EXPECT_EQ(seen, created) << limit;
    EXPECT_EQ(pages, (24 + limit - 1) / limit);
  }
}

TEST_F(graph, cursors_go_back_and_filters_hold) {
  const auto first = call("GET", "/v23.0/222/message_templates?limit=2&fields=name");
  const auto second = call("GET", "/v23.0/222/message_templates?limit=2&fields=name&after=" +
                                      first.body["paging"]["cursors"]["after"].get<std::string>());
  EXPECT_FALSE(second.body["paging"].contains("next"));
  EXPECT_TRUE(second.body["paging"].contains("previous"));
  const auto back = call("GET", "/v23.0/222/message_templates?limit=2&fields=name&before=" +
                                    second.body["paging"]["cursors"]["before"].get<std::string>());
  EXPECT_EQ(back.body["data"], first.body["data"]);
  EXPECT_EQ(call("GET", "/v23.0/222/message_templates?status=REJECTED").body["data"].size(), 1u);
  EXPECT_EQ(
      call("GET", "/v23.0/222/message_templates?name=order_update").body["data"][0]["language"],
      "id");
  EXPECT_EQ(call("GET", "/v23.0/222/message_templates?name=nowhere").body,
            (json{{"data", json::array()}}));
  EXPECT_EQ(call("GET", "/v23.0/222/message_templates?fields=colour").code(), 100);
  EXPECT_EQ(call("GET", "/v23.0/222/message_templates?limit=0").code(), 100);
  EXPECT_EQ(call("GET", "/v23.0/222/message_templates?after=nonsense").code(), 100);
}

TEST_F(graph, default_templates_are_as_agreed) {
  json by_name;
  const auto page = call("GET", "/v23.0/222/message_templates");
  for (const auto& each : page.body["data"]) by_name[each["name"].get<std::string>()] = each;
  EXPECT_EQ(by_name["hello_world"]["language"], "en_US");
  EXPECT_EQ(by_name["order_update"]["language"], "id");
  EXPECT_EQ(by_name["promo_image"]["status"], "APPROVED");
  EXPECT_EQ(by_name["promo_image"]["components"][0]["format"], "IMAGE");
  EXPECT_EQ(by_name["promo_image"]["components"][2]["buttons"][0]["type"], "URL");
  EXPECT_EQ(by_name["order_update"]["components"][0]["example"]["body_text"],
            (json::array({json::array({"Budi", "ORD-1001"})})));
  EXPECT_EQ(by_name["not_allowed"]["status"], "REJECTED");
}

TEST_F(graph, a_created_template_is_reviewed_and_told) {
  const char* good = R"({"name": "spring", "language": "en_US", "category": "MARKETING",
    "components": [{"type": "BODY", "text": "Hi {{1}}, spring is here."}]})";
  const char* bad = R"({"name": "reject_me", "language": "en_US", "category": "MARKETING",
    "components": [{"type": "BODY", "text": "x"}]})";
  const auto created = call("POST", "/v23.0/222/message_templates", good);
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_EQ(created.body["status"], "PENDING");
  ASSERT_TRUE(created.body["id"].is_string());
  ASSERT_EQ(call("POST", "/v23.0/222/message_templates", bad).status, 200);
  EXPECT_EQ(call("POST", "/v23.0/222/message_templates", good).body["error"]["error_subcode"],
            2388024);
  auto message = order_update();
  message["template"] =
      json::parse(R"({"name": "spring", "language": {"code": "en_US"}, "components": [
    {"type": "body", "parameters": [{"type": "text", "text": "A"}]}]})");
  EXPECT_EQ(send(message).code(), 132001);
  now_ += 300ms;
  EXPECT_EQ(send(message).status, 200) << "from any number";
  EXPECT_EQ(call("GET", "/v23.0/" + created.body["id"].get<std::string>() + "?fields=status")
                .body["status"],
            "APPROVED");
  ASSERT_EQ(sink_.changes.size(), 2u);
  EXPECT_EQ(sink_.changes[0].id, "222");
  const auto approved = json::parse(sink_.changes[0].json);
  EXPECT_EQ(approved["field"], "message_template_status_update");
  EXPECT_EQ(approved["value"]["event"], "APPROVED");
  EXPECT_EQ(approved["value"]["message_template_name"], "spring");
  EXPECT_TRUE(approved["value"]["message_template_id"].is_number());
  EXPECT_EQ(json::parse(sink_.changes[1].json)["value"]["event"], "REJECTED");
  EXPECT_EQ(call("DELETE", "/v23.0/222/message_templates?name=spring").status, 200);
  EXPECT_EQ(send(message).code(), 132001);
}

TEST_F(graph, malformed_templates_are_refused) {
  const auto refused = [&](const char* change) {
    auto definition = json::parse(R"({"name": "x", "language": "en_US", "category": "UTILITY",
      "components": [{"type": "BODY", "text": "x"}]})");
    definition.merge_patch(json::parse(change));
    return call("POST", "/v23.0/222/message_templates", definition.dump()).code() == 100;
  };
  EXPECT_TRUE(refused(R"({"name": "Upper Case"})"));
  EXPECT_TRUE(refused(R"({"name": null})"));
  EXPECT_TRUE(refused(R"({"language": "english please"})"));
  EXPECT_TRUE(refused(R"({"category": "SPAM"})"));
  EXPECT_TRUE(refused(R"({"components": null})"));
  EXPECT_TRUE(refused(R"({"components": []})"));
  EXPECT_TRUE(refused(R"({"components": [{"type": "BODY", "text": "{{1}} and {{3}}"}]})"));
  EXPECT_TRUE(refused(R"({"components": [{"type": "BODY", "text": "{{name}}"}]})"));
  EXPECT_TRUE(refused(R"({"components": [{"type": "FOOTER", "text": "x"}]})"));
  EXPECT_TRUE(
      refused(R"({"components": [{"type": "BODY", "text": "x"}, {"type": "BODY", "text": "y"}]})"));
  EXPECT_TRUE(refused(R"({"colour": "red"})"));
  EXPECT_FALSE(refused("{}"));
}

TEST_F(graph, pausing_a_template_stops_it_and_is_told) {
  EXPECT_EQ(send(order_update()).status, 200);
  EXPECT_EQ(call("POST", "/_sim/templates",
                 R"({"waba_id": "222", "name": "order_update", "status": "PAUSED"})")
                .status,
            200);
  call("GET", "/v23.0/222/message_templates");
  EXPECT_EQ(send(order_update()).code(), 132015);
  ASSERT_EQ(sink_.changes.size(), 1u);
  EXPECT_EQ(json::parse(sink_.changes[0].json)["value"]["event"], "PAUSED");
  EXPECT_EQ(
      call("POST", "/_sim/templates", R"({"waba_id": "222", "name": "none", "status": "PAUSED"})")
          .status,
      400);
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
