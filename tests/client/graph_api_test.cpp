#include "http/client/graph_api.hpp"

#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"

namespace omnistream::http::client {
namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;
using testing_support::collected;
using testing_support::connection;
using testing_support::scripted_server;

/// A server that answers each request by a function of its text, and an API that talks to it.
class graph_api_test : public testing::Test {
 protected:
  using answer_function = std::function<void(connection&, const std::string& request)>;

  void serve(answer_function answer) {
    server_.emplace([this, answer = std::move(answer)](connection& peer, int) {
      while (const auto request = peer.read_request()) {
        requests_.add(*request);
        answer(peer, *request);
      }
    });
    client_options options;
    options.total_timeout = 5s;
    http_ = std::make_unique<curl_client>(options);
    api_ = std::make_shared<graph_api>(*http_, graph_endpoint{server_->url(), "v23.0"});
  }
  void serve(const json& answer, const std::string& status = "200 OK") {
    serve([=](connection& peer, const std::string&) { peer.answer(answer.dump(), status); });
  }

  /// Makes a call and waits for its result.
  template <class F>
  result<json> ask(F call) {
    collected<result<json>> results;
    call([&](result<json> one) { results.add(std::move(one)); });
    const auto all = results.wait_for(1);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? result<json>(problems::internal()) : all.front();
  }
  result<json> list() {
    return ask([&](auto done) { api_->list_templates("9001", "secret", done); });
  }
  std::string request(std::size_t number = 0) { return requests_.wait_for(number + 1).at(number); }

  void TearDown() override {
    api_.reset();
    http_.reset();
    server_.reset();
  }

  collected<std::string> requests_;
  std::optional<scripted_server> server_;
  std::unique_ptr<curl_client> http_;
  std::shared_ptr<graph_api> api_;
};

TEST_F(graph_api_test, phone_number_with_its_health) {
  serve(json{{"id", "77001"}, {"quality_rating", "GREEN"}});
  const auto number = ask([&](auto done) { api_->get_phone_number("77001", "secret", done); });
  ASSERT_TRUE(number.ok());
  EXPECT_EQ((*number)["quality_rating"], "GREEN");
  EXPECT_TRUE(request().starts_with("GET /v23.0/77001?fields=id,")) << request();
  EXPECT_NE(request().find("health_status"), std::string::npos);
  EXPECT_NE(request().find("\r\nAuthorization: Bearer secret\r\n"), std::string::npos);
}

TEST_F(graph_api_test, register_sends_the_pin) {
  serve(json{{"success", true}});
  EXPECT_TRUE(
      ask([&](auto done) { api_->register_phone_number("77001", "secret", "123456", done); }).ok());
  EXPECT_TRUE(request().starts_with("POST /v23.0/77001/register HTTP/1.1\r\n"));
  EXPECT_EQ(json::parse(request().substr(request().find("\r\n\r\n") + 4)),
            json::parse(R"({"messaging_product":"whatsapp","pin":"123456"})"));
}

TEST_F(graph_api_test, subscribe_app_posts_without_a_body) {
  serve(json{{"success", true}});
  EXPECT_TRUE(ask([&](auto done) { api_->subscribe_app("9001", "secret", done); }).ok());
  EXPECT_TRUE(request().starts_with("POST /v23.0/9001/subscribed_apps HTTP/1.1\r\n"));
  EXPECT_NE(request().find("\r\nContent-Length: 0\r\n"), std::string::npos);
}

TEST_F(graph_api_test, create_template_sends_the_definition) {
  serve(json{{"id", "5"}, {"status", "PENDING"}});
  const json definition = {{"name", "order_update"}, {"components", json::array()}};
  const auto made =
      ask([&](auto done) { api_->create_template("9001", "secret", definition, done); });
  ASSERT_TRUE(made.ok());
  EXPECT_EQ((*made)["status"], "PENDING");
  EXPECT_TRUE(request().starts_with("POST /v23.0/9001/message_templates HTTP/1.1\r\n"));
  EXPECT_EQ(json::parse(request().substr(request().find("\r\n\r\n") + 4)), definition);
}

TEST_F(graph_api_test, templates_are_listed_over_all_pages) {
  serve([this](connection& peer, const std::string& request) {
    const bool second = request.find("&after=a%2Fb%3D%3D ") != std::string::npos;
    json page = {{"data", {{{"id", second ? "2" : "1"}}}}};
    page["paging"]["cursors"] = {{"before", "x"}, {"after", second ? "end" : "a/b=="}};
    if (!second)
      page["paging"]["next"] = server_->url("/v23.0/9001/message_templates?access_token=T&after=a");
    peer.answer(page.dump());
  });
  const auto templates = list();
  ASSERT_TRUE(templates.ok()) << templates.error().detail;
  EXPECT_EQ(*templates, json::parse(R"([{"id":"1"},{"id":"2"}])"));
  EXPECT_EQ(requests_.values().size(), 2u);
}

TEST_F(graph_api_test, no_templates_are_an_empty_list) {
  serve(json{{"data", json::array()}});
  EXPECT_EQ(*list(), json::array());
}

TEST_F(graph_api_test, pages_on_other_hosts_are_refused) {
  collected<std::string> stolen;
  scripted_server thief([&](connection& peer, int) {
    if (const auto request = peer.read_request()) stolen.add(*request);
  });
  for (const auto& next :
       std::vector<json>{json(thief.url("/x?after=a")), json("https://graph.example/x"), json(7),
                         json(""), json("http://127.0.0.1@graph.example/")}) {
    serve(
        json{{"data", json::array()}, {"paging", {{"cursors", {{"after", "a"}}}, {"next", next}}}});
    const auto templates = list();
    ASSERT_FALSE(templates.ok()) << next;
    EXPECT_EQ(templates.error().status, 502);
    EXPECT_EQ(templates.error().code, "meta_error");
    TearDown();
  }
  EXPECT_TRUE(stolen.values().empty());
  EXPECT_EQ(requests_.values().size(), 5u);
}

TEST_F(graph_api_test, a_next_page_without_a_cursor_is_refused) {
  serve([this](connection& peer, const std::string&) {
    peer.answer(json{{"data", json::array()}, {"paging", {{"next", server_->url("/x")}}}}.dump());
  });
  EXPECT_EQ(list().error().code, "meta_error");
}

TEST_F(graph_api_test, endless_pages_end) {
  serve([this](connection& peer, const std::string&) {
    peer.answer(json{{"data", {1}},
                     {"paging", {{"cursors", {{"after", "a"}}}, {"next", server_->url("/x")}}}}
                    .dump());
  });
  EXPECT_EQ(list().error().code, "meta_error");
  EXPECT_EQ(requests_.values().size(), graph_api::list_pages_max);
}

TEST_F(graph_api_test, metas_errors_are_told) {
  serve(
      json::parse(
          R"({"error":{"message":"Invalid token","code":190,"error_data":{"details":"Expired on Monday"}}})"),
      "401 Unauthorized");
  const auto number = ask([&](auto done) { api_->get_phone_number("77001", "secret", done); });
  ASSERT_FALSE(number.ok());
  EXPECT_EQ(number.error().status, 502);
  EXPECT_EQ(number.error().code, "meta_token_refused");
  EXPECT_EQ(number.error().detail,
            "Meta refused the call: Invalid token Expired on Monday (Meta error 190)");
}

TEST_F(graph_api_test, answers_that_cannot_be_read_are_unreachable) {
  const auto code_for = [this](const std::string& body, const std::string& status) {
    serve([=](connection& peer, const std::string&) { peer.answer(body, status); });
    const auto number = ask([&](auto done) { api_->get_phone_number("77001", "secret", done); });
    EXPECT_FALSE(number.ok()) << body;
    TearDown();
    return number.ok() ? "" : number.error().code;
  };
  for (const auto* body : {"", "x", "[]", "5", "{"})
    EXPECT_EQ(code_for(body, "200 OK"), "meta_unreachable") << body;
  EXPECT_EQ(code_for(std::string(100'000, '['), "200 OK"), "meta_unreachable");
  EXPECT_EQ(code_for("{}", "502 Bad Gateway"), "meta_unreachable");
  EXPECT_EQ(code_for("{}", "302 Found"), "meta_unreachable");
}

TEST_F(graph_api_test, no_answer_is_unreachable) {
  serve([](connection& peer, const std::string&) { peer.reset(); });
  EXPECT_EQ(list().error().code, "meta_unreachable");
}

TEST_F(graph_api_test, ids_and_tokens_that_cannot_be_sent_are_invalid) {
  serve(json::object());
  EXPECT_EQ(ask([&](auto done) { api_->get_phone_number("../me", "secret", done); }).error().status,
            422);
  EXPECT_EQ(ask([&](auto done) { api_->get_phone_number("77001", "a\r\nb", done); }).error().status,
            422);
  EXPECT_TRUE(requests_.values().empty());
}

}  // namespace
}  // namespace omnistream::http::client
