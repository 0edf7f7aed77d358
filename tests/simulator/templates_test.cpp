#include "tests/simulator/graph_fixture.hpp"

namespace graph_simulator {
namespace {

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

}  // namespace
}  // namespace graph_simulator
