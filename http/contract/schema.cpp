#include "http/contract/schema.hpp"

#include <cmath>
#include <stdexcept>

#include "http/contract/constraints.hpp"

namespace omnistream::http::contract {
namespace {

std::string_view type_name(value_type type) {
  switch (type) {
    case value_type::string:
      return "string";
    case value_type::boolean:
      return "boolean";
    case value_type::integer:
      return "integer";
    case value_type::number:
      return "number";
    case value_type::object:
    case value_type::map:
      return "object";
    case value_type::array:
      return "array";
    case value_type::any:
      return "";
  }
  return "";
}

ordered_json number_of(double value) {
  constexpr double exact_max = 9007199254740992.0;  // 2^53
  if (std::floor(value) == value && std::abs(value) <= exact_max)
    return static_cast<std::int64_t>(value);
  return value;
}

void add_text_rules(const value_spec& value, ordered_json& schema) {
  if (const auto format = name_of(value.format); !format.empty()) schema["format"] = format;
  if (const auto regex = regex_of(value.pattern); !regex.empty()) schema["pattern"] = regex;
  if (value.secret) {
    schema["format"] = "password";
    schema["writeOnly"] = true;
  }
  if (value.size_min) schema["minLength"] = *value.size_min;
  if (value.size_max) schema["maxLength"] = *value.size_max;
  if (value.allowed.empty()) return;
  schema["enum"] = value.allowed;
  if (value.nullable) schema["enum"].push_back(nullptr);
}

void add_number_rules(const value_spec& value, ordered_json& schema) {
  if (value.type == value_type::integer) schema["format"] = value.wide ? "int64" : "int32";
  if (value.minimum) schema["minimum"] = number_of(*value.minimum);
  if (value.maximum) schema["maximum"] = number_of(*value.maximum);
}

}  // namespace

ordered_json schema_maker::of(const shape_ptr& object) {
  if (object->name.empty()) return object_schema(*object);
  const ordered_json reference{{"$ref", "#/components/schemas/" + object->name}};
  const auto [known, fresh] = known_.emplace(object->name, object);
  if (!fresh && known->second == object) return reference;
  auto schema = object_schema(*object);
  const auto [made, added] = components_.emplace(object->name, schema);
  if (!added && made->second != schema)
    throw std::logic_error("two different shapes have the name " + object->name);
  return reference;
}

ordered_json schema_maker::object_schema(const shape& object) {
  ordered_json schema{{"type", "object"}};
  if (!object.doc.empty()) schema["description"] = object.doc;
  auto required = ordered_json::array();
  auto properties = ordered_json::object();
  for (const auto& field : object.fields) {
    properties[field.name] = of(field);
    if (field.required) required.push_back(field.name);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  schema["properties"] = std::move(properties);
  auto groups = ordered_json::array();
  for (const auto& group : object.at_least_one_of) {
    auto any = ordered_json::array();
    for (const auto& name : group) any.push_back({{"required", ordered_json::array({name})}});
    groups.push_back({{"anyOf", std::move(any)}});
  }
  if (!groups.empty()) schema["allOf"] = std::move(groups);
  schema["additionalProperties"] = object.open;
  return schema;
}

ordered_json schema_maker::of(const value_spec& value) {
  if (value.type == value_type::object) {
    auto schema = of(value.object);
    if (!value.nullable) return schema;
    return {{"oneOf", ordered_json::array({std::move(schema), {{"type", "null"}}})}};
  }
  auto schema = ordered_json::object();
  const auto type = type_name(value.type);
  if (!type.empty() && value.nullable) {
    schema["type"] = ordered_json::array({type, "null"});
  } else if (!type.empty()) {
    schema["type"] = type;
  }
  switch (value.type) {
    case value_type::string:
      add_text_rules(value, schema);
      break;
    case value_type::integer:
    case value_type::number:
      add_number_rules(value, schema);
      break;
    case value_type::array:
      schema["items"] = of(*value.items);
      if (value.size_min) schema["minItems"] = *value.size_min;
      if (value.size_max) schema["maxItems"] = *value.size_max;
      break;
    case value_type::map:
      schema["additionalProperties"] = value.items ? of(*value.items) : ordered_json(true);
      if (value.size_min) schema["minProperties"] = *value.size_min;
      if (value.size_max) schema["maxProperties"] = *value.size_max;
      break;
    case value_type::boolean:
    case value_type::object:
    case value_type::any:
      break;
  }
  return schema;
}

ordered_json schema_maker::of(const field_spec& field) {
  auto schema = of(field.value);
  if (!field.doc.empty()) schema["description"] = field.doc;
  if (field.default_value) schema["default"] = *field.default_value;
  if (field.example) schema["examples"] = ordered_json::array({*field.example});
  return schema;
}

}  // namespace omnistream::http::contract
