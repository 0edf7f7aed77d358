#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http/contract/field.hpp"

namespace omnistream::http::contract {

/// A field of a response shape. Responses are rendered by SQL as finished JSON; the shape says what
/// stands in them, for the OpenAPI document and for check(), which holds the server to it.
class shape_field : public field_words<shape_field> {
 public:
  shape_field(std::string name, value_spec value);
};

shape_field text(std::string name);
shape_field uuid_text(std::string name);
shape_field date_time(std::string name);
shape_field enumeration(std::string name, std::vector<std::string> values);
shape_field boolean(std::string name);
shape_field integer(std::string name);
shape_field number(std::string name);
shape_field any(std::string name);  ///< free-form JSON
shape_field object(std::string name, shape_ptr of);
shape_field array(std::string name, shape_ptr of);
shape_field texts(std::string name);        ///< an array of strings
shape_field uuids(std::string name);        ///< an array of uuids
shape_field free_object(std::string name);  ///< an object of any content
shape_field map_of(std::string name, value_spec values);
/// A field declared elsewhere: of a table, or of another shape.
shape_field like(const field_spec& known);

/// Throws std::logic_error when two fields have one name.
shape_ptr make_shape(std::string name, std::string doc, std::vector<shape_field> fields);
/// `base` with further fields, under another name.
shape_ptr extend(const shape_ptr& base, std::string name, std::string doc,
                 std::vector<shape_field> fields);
/// The envelope of every paged list: `data, total, page, per_page, total_pages`.
shape_ptr page_of(const shape_ptr& item);

/// Where `json` is not what `of` declares, one sentence each with its path; empty: it is.
/// Looks at required fields, types, enumerations, formats, bounds and undeclared fields.
std::vector<std::string> check(const shape& of, const nlohmann::json& json);
/// The same for an array of objects, or whatever a value is.
std::vector<std::string> check(const value_spec& of, const nlohmann::json& json);

/// The id of whatever an example names.
inline constexpr std::string_view example_uuid = "0190b0a0-7c3d-7e21-9a55-3f0d9c1b2a47";

/// An example that check() accepts, from the fields' examples and bounds.
/// Members stand in the declared order.
nlohmann::ordered_json example_of(const shape& of);
nlohmann::ordered_json example_of(const value_spec& of);

}  // namespace omnistream::http::contract
