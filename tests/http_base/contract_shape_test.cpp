#include <gtest/gtest.h>

#include "http/contract/schema.hpp"
#include "http/contract/shape.hpp"
#include "sample_operations.hpp"

namespace omnistream::http::contract {
namespace {

using json = nlohmann::json;

json good_thing() {
  return json::parse(
      R"({"id":"0190b0a0-7c3d-7e21-9a55-3f0d9c1b2a47","name":"n","kind":"small","seen_at":null,
    "active":true,"count":0,"share":0.5,"parent":null,"tags":["a"],"variables":{"a":"b"}})");
}

/// `good_thing` with one member replaced must be found wrong in exactly one way, which is named.
struct wrong_case {
  std::string member;
  std::string value;
  std::string finding;
};
class wrong_thing : public ::testing::TestWithParam<wrong_case> {};

TEST_P(wrong_thing, is_found) {
  auto thing = good_thing();
  thing[GetParam().member] = json::parse(GetParam().value);
  const auto found = check(*sample::thing(), thing);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found.front().find(GetParam().finding), std::string::npos) << found.front();
}

INSTANTIATE_TEST_SUITE_P(
    shape, wrong_thing,
    ::testing::Values(wrong_case{"id", "\"x\"", "$.id bad_format"},
                      wrong_case{"name", "1", "$.name is number"},
                      wrong_case{"name", "null", "$.name is null"},
                      wrong_case{"kind", "\"huge\"", "$.kind not_in_enum"},
                      wrong_case{"at", "\"yesterday\"", "$.at bad_format"},
                      wrong_case{"at", "null", "$.at is null"},
                      wrong_case{"active", "0", "$.active is number"},
                      wrong_case{"count", "-1", "$.count out_of_range"},
                      wrong_case{"count", "1.5", "$.count is number"},
                      wrong_case{"share", "2", "$.share out_of_range"},
                      wrong_case{"cap", "{}", "$.cap.agents is missing"},
                      wrong_case{"cap", R"({"agents":1,"x":2})", "$.cap.x is not declared"},
                      wrong_case{"tags", "[1]", "$.tags[0] is number"},
                      wrong_case{"tags", "{}", "$.tags is object"},
                      wrong_case{"settings", "[]", "$.settings is array"},
                      wrong_case{"variables", R"({"a":1})", "$.variables.a is number"},
                      wrong_case{"more", "1", "$.more is not declared"}));

TEST(shape, check_accepts_what_is_declared) {
  EXPECT_TRUE(check(*sample::thing(), good_thing()).empty());
  auto thing = good_thing();
  thing["extra"] = nullptr;
  thing["settings"] = {{"a", {1, 2}}};
  thing["parent"] = {{"agents", 1}};
  EXPECT_TRUE(check(*sample::thing(), thing).empty());
  thing.erase("name");
  EXPECT_EQ(check(*sample::thing(), thing), std::vector<std::string>{"$.name is missing"});
  EXPECT_EQ(check(*sample::thing(), json::array()).size(), 1U);
}

TEST(shape, check_looks_into_pages) {
  const auto page = page_of(sample::thing());
  json answer{
      {"data", {good_thing()}}, {"total", 1}, {"page", 1}, {"per_page", 20}, {"total_pages", 1}};
  EXPECT_TRUE(check(*page, answer).empty());
  answer["data"][0]["count"] = "x";
  EXPECT_EQ(check(*page, answer).size(), 1U);
  answer.erase("total");
  EXPECT_EQ(check(*page, answer).size(), 2U);
}

TEST(shape, its_own_example_is_right) {
  const shape_ptr shapes[] = {sample::thing(), page_of(sample::thing()),
                              sample::shape_of<sample::thing_create>()};
  for (const auto& of : shapes) {
    const auto found = check(*of, json(example_of(*of)));
    EXPECT_TRUE(found.empty()) << of->name << ": " << found.front();
  }
}

TEST(shape, an_example_body_is_read_by_its_table) {
  const auto& table = table_for(static_cast<const sample::thing_create*>(nullptr));
  const auto got = table.parse_body(example_of(*table.shape()).dump());
  EXPECT_TRUE(got.ok()) << (got.ok() ? "" : got.error().errors.front().field);
}

TEST(shape, refuses_two_fields_of_one_name) {
  EXPECT_THROW(make_shape("S", "", {text("a"), integer("a")}), std::logic_error);
  EXPECT_THROW(extend(sample::thing(), "T", "", {text("id")}), std::logic_error);
  EXPECT_EQ(extend(sample::thing(), "T", "", {text("b")})->fields.size(),
            sample::thing()->fields.size() + 1);
}

// -- schemas --------------------------------------------------------------------------------------

std::string schema_of(const value_spec& value) {
  schema_maker maker;
  return maker.of(value).dump();
}
template <class T>
std::string schema_of() {
  return schema_of(codec<T>::spec());
}

TEST(schema, each_member_type_has_its_own) {
  EXPECT_EQ(schema_of<std::string>(), R"({"type":"string"})");
  EXPECT_EQ(schema_of<std::optional<std::string>>(), R"({"type":"string"})");
  EXPECT_EQ(schema_of<patch<std::string>>(), R"({"type":["string","null"]})");
  EXPECT_EQ(schema_of<bool>(), R"({"type":"boolean"})");
  EXPECT_EQ(schema_of<int>(), R"({"type":"integer","format":"int32"})");
  EXPECT_EQ(schema_of<std::int64_t>(), R"({"type":"integer","format":"int64"})");
  EXPECT_EQ(schema_of<double>(), R"({"type":"number"})");
  EXPECT_EQ(schema_of<uuid>(), R"({"type":"string","format":"uuid"})");
  EXPECT_EQ(schema_of<timestamp>(), R"({"type":"string","format":"date-time"})");
  EXPECT_EQ(schema_of<secret>(), R"({"type":"string","format":"password","writeOnly":true})");
  EXPECT_EQ(schema_of<std::vector<int>>(),
            R"({"type":"array","items":{"type":"integer","format":"int32"}})");
  EXPECT_EQ(schema_of<nlohmann::json>(), R"({"type":"object","additionalProperties":true})");
  EXPECT_EQ(schema_of<raw_json>(), R"({"type":"object","additionalProperties":true})");
  const std::string nested =
      R"({"type":"object","additionalProperties":{"type":"object","additionalProperties":{"type":"string"}}})";
  EXPECT_EQ(schema_of<flat_map<flat_map<std::string>>>(), nested);
  EXPECT_EQ((schema_of<std::map<std::string, std::map<std::string, std::string>>>()), nested);
  EXPECT_EQ(schema_of<sample::limits>(), R"({"$ref":"#/components/schemas/Limits"})");
  EXPECT_EQ(schema_of<patch<sample::limits>>(),
            R"({"oneOf":[{"$ref":"#/components/schemas/Limits"},{"type":"null"}]})");
}

TEST(schema, rules_become_keywords) {
  EXPECT_EQ(schema_of(text("a").size(1, 5).spec().value),
            R"({"type":"string","minLength":1,"maxLength":5})");
  EXPECT_EQ(schema_of(enumeration("a", {"x", "y"}).nullable().spec().value),
            R"({"type":["string","null"],"enum":["x","y",null]})");
  EXPECT_EQ(schema_of(integer("a").range(-1, 5).spec().value),
            R"({"type":"integer","format":"int32","minimum":-1,"maximum":5})");
  EXPECT_EQ(schema_of(number("a").at_least(0.5).spec().value),
            R"({"type":"number","minimum":0.5})");
  EXPECT_EQ(schema_of(texts("a").size(1, 3).spec().value),
            R"({"type":"array","items":{"type":"string"},"minItems":1,"maxItems":3})");
  EXPECT_EQ(schema_of(free_object("a").size_max(3).spec().value),
            R"({"type":"object","additionalProperties":true,"maxProperties":3})");
  EXPECT_EQ(schema_of(text("a").pattern(text_pattern::country).spec().value),
            R"({"type":"string","pattern":"^[A-Z]{2}$"})");
  EXPECT_EQ(schema_of(any("a").spec().value), "{}");
}

TEST(schema, an_open_shape_says_that_it_is) {
  auto open = *make_shape("Open", "Anything.", {text("type")});
  open.open = true;
  schema_maker maker;
  maker.of(std::make_shared<const shape>(open));
  EXPECT_EQ(maker.components().at("Open")["additionalProperties"], true);
}

TEST(schema, a_table_says_what_is_required_and_default) {
  schema_maker maker;
  maker.of(sample::shape_of<sample::thing_create>());
  const auto& made = maker.components().at("ThingCreate");
  EXPECT_EQ(made["required"], ordered_json::parse(R"(["name"])"));
  EXPECT_EQ(made["additionalProperties"], false);
  EXPECT_EQ(made["properties"]["kind"]["default"], "small");
  EXPECT_EQ(made["allOf"],
            ordered_json::parse(R"([{"anyOf":[{"required":["phones"]},{"required":["mail"]}]}])"));
}

TEST(schema, two_shapes_of_one_name_must_be_the_same) {
  schema_maker maker;
  maker.of(make_shape("S", "", {text("a")}));
  EXPECT_NO_THROW(maker.of(make_shape("S", "", {text("a")})));
  EXPECT_THROW(maker.of(make_shape("S", "", {text("b")})), std::logic_error);
  EXPECT_EQ(maker.components().size(), 1U);
}

}  // namespace
}  // namespace omnistream::http::contract
