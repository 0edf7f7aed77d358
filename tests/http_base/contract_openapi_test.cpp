#include <set>

#include <gtest/gtest.h>

#include "http/contract/docs_page.hpp"
#include "http/contract/openapi.hpp"
#include "http/contract/problem_json.hpp"
#include "sample_operations.hpp"

namespace omnistream::http::contract {
namespace {

const ordered_json& document() {
  static const auto made = openapi_document(sample::operations(), {});
  return made;
}

const ordered_json& operation_at(const char* path, const char* method) {
  return document()["paths"][path][method];
}

ordered_json resolved(const ordered_json& node) {
  if (!node.contains("$ref")) return node;
  return document().at(ordered_json::json_pointer(node["$ref"].get<std::string>().substr(1)));
}

TEST(openapi, has_every_operation_once) {
  EXPECT_EQ(document()["openapi"], "3.1.0");
  std::set<std::string> ids;
  for (const auto& [path, item] : document()["paths"].items())
    for (const auto& [method, operation] : item.items()) {
      EXPECT_TRUE(ids.insert(operation["operationId"]).second) << path << method;
      EXPECT_FALSE(operation["responses"].empty());
    }
  EXPECT_EQ(ids.size(), sample::operations().operations().size());
}

TEST(openapi, groups_come_in_the_wanted_order) {
  const auto order = [](const std::vector<std::string>& first) {
    document_info info;
    info.tags_first = first;
    const auto made = openapi_document(sample::operations(), info);
    std::string names;
    for (const auto& tag : made["tags"]) names += tag["name"].get<std::string>() + ' ';
    return names;
  };
  EXPECT_EQ(order({}), "Things Webhooks Health ");
  EXPECT_EQ(order({"Webhooks"}), "Webhooks Things Health ");
  EXPECT_EQ(order({"Nothing", "Webhooks", "Things"}), "Webhooks Things Health ");
}

TEST(openapi, parameters_have_bounds_and_defaults) {
  const auto& query = operation_at("/api/things", "get")["parameters"];
  ASSERT_EQ(query.size(), 4U);
  EXPECT_EQ(
      query[1].dump(),
      R"({"name":"per_page","in":"query","description":"Per page.",)"
      R"("schema":{"type":"integer","format":"int32","minimum":1,"maximum":100,"default":20}})");
  EXPECT_EQ(query[3]["explode"], false) << "lists are given with commas";
  const auto& path = operation_at("/api/things/{id}/parts/{kind}/send", "post")["parameters"];
  EXPECT_EQ(path[0]["schema"]["format"], "uuid");
  EXPECT_EQ(path[1]["schema"]["enum"].size(), 2U);
  EXPECT_EQ(path[1]["required"], true);
  EXPECT_EQ(path[2]["in"], "header");
  EXPECT_EQ(path[2]["name"], "Idempotency-Key");
  EXPECT_FALSE(path[2].contains("required"));
}

TEST(openapi, bodies_and_answers_have_schemas_and_examples) {
  const auto& create = operation_at("/api/things", "post");
  const auto& body = create["requestBody"]["content"]["application/json"];
  EXPECT_EQ(create["requestBody"]["required"], true);
  EXPECT_EQ(body["schema"]["$ref"], "#/components/schemas/ThingCreate");
  EXPECT_EQ(body["example"]["name"], "First");
  EXPECT_EQ(create["responses"]["201"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/Thing");
  const auto& import = operation_at("/api/things/import", "post");
  EXPECT_TRUE(import["requestBody"]["content"].contains("text/csv"));
  EXPECT_EQ(import["responses"]["200"]["content"]["application/json"]["schema"]["type"], "array");
  EXPECT_TRUE(operation_at("/api/things/export", "get")["responses"]["200"]["content"].contains(
      "text/csv"));
}

TEST(openapi, failures_follow_from_the_kind_of_operation) {
  const auto statuses = [](const char* path, const char* method) {
    std::string list;
    for (const auto& [status, response] : operation_at(path, method)["responses"].items())
      list += status + ' ';
    return list;
  };
  EXPECT_EQ(statuses("/health", "get"), "200 429 500 503 ");
  EXPECT_EQ(statuses("/api/things/{id}", "get"), "200 401 404 429 500 503 ");
  EXPECT_EQ(statuses("/api/things", "get"), "200 400 401 422 429 500 503 ");
  EXPECT_EQ(statuses("/api/things", "post"), "201 400 401 403 409 413 415 422 429 500 503 ");
  EXPECT_EQ(statuses("/webhook", "post"), "200 401 413 415 429 500 503 ");
  const auto denied =
      resolved(operation_at("/api/things/{id}/parts/{kind}/send", "post")["responses"]["403"]);
  const auto& examples = denied["content"]["application/problem+json"]["examples"];
  EXPECT_TRUE(examples.contains("permission_denied"));
  EXPECT_TRUE(examples.contains("broadcast_not_allowed"));
  EXPECT_EQ(examples["permission_denied"]["value"]["status"], 403);
  const auto busy = resolved(operation_at("/health", "get")["responses"]["503"]);
  EXPECT_TRUE(busy["headers"].contains("Retry-After"));
}

TEST(openapi, security_says_who_may_call) {
  EXPECT_EQ(operation_at("/health", "get")["security"].dump(), "[]");
  EXPECT_EQ(operation_at("/api/things", "get")["security"].dump(),
            R"([{"api_key":[]},{"session":[]},{"bearer":[]}])");
  EXPECT_EQ(operation_at("/webhook", "post")["security"].dump(), R"([{"webhook_signature":[]}])");
  EXPECT_EQ(document()["components"]["securitySchemes"]["api_key"]["name"], "X-API-Key");
}

/// Every `$ref` of the document leads somewhere.
void follow(const ordered_json& node, int& seen) {
  if (node.is_object() && node.contains("$ref")) {
    ++seen;
    const ordered_json::json_pointer to(node["$ref"].get<std::string>().substr(1));
    EXPECT_TRUE(document().contains(to)) << node.dump();
  }
  if (node.is_structured())
    for (const auto& child : node) follow(child, seen);
}

TEST(openapi, every_reference_leads_somewhere) {
  int seen = 0;
  follow(document(), seen);
  EXPECT_GT(seen, 20);
  EXPECT_TRUE(document()["components"]["schemas"].contains("Problem"));
  EXPECT_TRUE(document()["components"]["schemas"].contains("ThingPage"));
}

// -- operations -----------------------------------------------------------------------------------

operation sound() {
  return {.id = "a_get",
          .method = "GET",
          .path = "/a/{id}",
          .tag = "A",
          .summary = "Get a",
          .successes = {{.doc = "It."}}};
}

TEST(operation_table, refuses_what_is_declared_twice) {
  operation_table table;
  EXPECT_EQ(table.add(sound()), 0U);
  EXPECT_THROW(table.add(sound()), std::logic_error);
  auto same_path = sound();
  same_path.id = "b_get";
  same_path.path = "/a/{key}";
  EXPECT_THROW(table.add(same_path), std::logic_error);
  same_path.method = "DELETE";
  EXPECT_EQ(table.add(same_path), 1U);
  EXPECT_EQ(table.find("b_get")->method, "DELETE");
  EXPECT_EQ(table.find("c_get"), nullptr);
}

TEST(operation_table, refuses_declarations_that_are_not_sound) {
  const auto refused = [](void (*spoil)(operation&)) {
    auto declared = sound();
    spoil(declared);
    operation_table table;
    EXPECT_THROW(table.add(declared), std::logic_error);
  };
  refused([](operation& o) { o.id = "AGet"; });
  refused([](operation& o) { o.id = ""; });
  refused([](operation& o) { o.method = "get"; });
  refused([](operation& o) { o.path = "a"; });
  refused([](operation& o) { o.tag = ""; });
  refused([](operation& o) { o.summary = ""; });
  refused([](operation& o) { o.successes.clear(); });
  refused([](operation& o) { o.body = sample::shape_of<sample::limits>(); });
  refused([](operation& o) { o.path_parameters = {text("key").spec()}; });
  refused([](operation& o) {
    o.access = authentication::none;
    o.permission = "a.b";
  });
}

TEST(operation_table, finds_the_names_in_a_path) {
  EXPECT_EQ(path_parameter_names("/a/{id}/b/{key}"), (std::vector<std::string>{"id", "key"}));
  EXPECT_TRUE(path_parameter_names("/a").empty());
}

// -- problems and the page ------------------------------------------------------------------------

TEST(problem_json, is_what_its_shape_declares) {
  const auto text = problem_json(problems::invalid({{"a.b", "too_long", "Say \"less\"."}}), "r1");
  const auto json = nlohmann::json::parse(text);
  EXPECT_TRUE(check(*problem_shape(), json).empty()) << text;
  EXPECT_EQ(json["status"], 422);
  EXPECT_EQ(json["title"], "Unprocessable Content");
  EXPECT_EQ(json["type"], "/docs/errors#invalid");
  EXPECT_EQ(json["errors"][0]["message"], "Say \"less\".");
  const auto plain = nlohmann::json::parse(problem_json(problems::not_found("thing"), "r2"));
  EXPECT_FALSE(plain.contains("errors"));
  EXPECT_EQ(plain["request_id"], "r2");
}

TEST(problem_json, has_the_headers_of_its_kind) {
  using headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(problem_headers(problems::unavailable("busy", "", 7)), (headers{{"Retry-After", "7"}}));
  EXPECT_EQ(problem_headers(problems::unauthenticated("")).front().first, "WWW-Authenticate");
  EXPECT_TRUE(problem_headers(problems::not_found("thing")).empty());
}

TEST(docs_page, is_whole_and_loads_nothing_from_elsewhere) {
  ASSERT_EQ(docs_assets().size(), 4U);
  for (const auto& asset : docs_assets()) {
    EXPECT_GT(asset.body.size(), 500U) << asset.path;
    EXPECT_EQ(asset.body.find("http://"), std::string_view::npos) << asset.path;
    EXPECT_EQ(asset.body.find("https://"), std::string_view::npos) << asset.path;
    EXPECT_EQ(asset.body.find("innerHTML"), std::string_view::npos) << asset.path;
  }
  const auto html = docs_assets()[0].body;
  EXPECT_EQ(html.find("style="), std::string_view::npos) << "the policy forbids inline styles";
  EXPECT_EQ(html.find("onclick"), std::string_view::npos) << "and inline scripts";
  EXPECT_NE(html.find("<script src=\"/docs/docs.js\""), std::string_view::npos);
}

}  // namespace
}  // namespace omnistream::http::contract
