#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "http/contract/field.hpp"

namespace omnistream::http::contract {

/// JSON that keeps its members in the order they were put in, as a document for people should.
using ordered_json = nlohmann::ordered_json;

/// Makes JSON Schemas (2020-12, as OpenAPI 3.1 takes them) of declarations. Named shapes are
/// written once, under components/schemas, and referred to elsewhere.
class schema_maker {
 public:
  /// Of a value where it is used. Throws std::logic_error when two different shapes have one name.
  ordered_json of(const value_spec& value);
  ordered_json of(const shape_ptr& object);
  /// Of a field: its value with description, default and example.
  ordered_json of(const field_spec& field);

  /// The components so far, by name.
  const std::map<std::string, ordered_json>& components() const { return components_; }

 private:
  ordered_json object_schema(const shape& object);

  std::map<std::string, ordered_json> components_;
  std::map<std::string, shape_ptr> known_;  ///< kept, so that an address is not used again
};

}  // namespace omnistream::http::contract
