#include "http/contract/shape.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace omnistream::http::contract {
namespace {

value_spec text_spec(text_format format) {
  return {.type = value_type::string, .format = format};
}

value_spec array_spec(value_spec items) {
  return {.type = value_type::array, .items = std::make_shared<value_spec>(std::move(items))};
}

value_spec object_spec(shape_ptr of) {
  return {.type = value_type::object, .object = std::move(of)};
}

}  // namespace

shape_field::shape_field(std::string name, value_spec value)
    : field_words<shape_field>({.name = std::move(name), .value = std::move(value)}) {}

shape_field text(std::string name) {
  return {std::move(name), text_spec(text_format::none)};
}
shape_field uuid_text(std::string name) {
  return {std::move(name), text_spec(text_format::uuid)};
}
shape_field date_time(std::string name) {
  return {std::move(name), text_spec(text_format::date_time)};
}
shape_field enumeration(std::string name, std::vector<std::string> values) {
  return text(std::move(name)).one_of(std::move(values));
}
shape_field boolean(std::string name) {
  return {std::move(name), {.type = value_type::boolean}};
}
shape_field integer(std::string name) {
  return {std::move(name), {.type = value_type::integer}};
}
shape_field number(std::string name) {
  return {std::move(name), {.type = value_type::number}};
}
shape_field any(std::string name) {
  return {std::move(name), {.type = value_type::any}};
}
shape_field object(std::string name, shape_ptr of) {
  return {std::move(name), object_spec(std::move(of))};
}
shape_field array(std::string name, shape_ptr of) {
  return {std::move(name), array_spec(object_spec(std::move(of)))};
}
shape_field texts(std::string name) {
  return {std::move(name), array_spec(text_spec(text_format::none))};
}
shape_field uuids(std::string name) {
  return {std::move(name), array_spec(text_spec(text_format::uuid))};
}
shape_field free_object(std::string name) {
  return {std::move(name), {.type = value_type::map}};
}
shape_field map_of(std::string name, value_spec values) {
  return {std::move(name),
          {.type = value_type::map, .items = std::make_shared<value_spec>(std::move(values))}};
}

shape_field like(const field_spec& known) {
  shape_field copy(known.name, known.value);
  copy.doc(known.doc);
  if (!known.required) copy.optional();
  if (known.example) copy.example(*known.example);
  return copy;
}

shape_ptr make_shape(std::string name, std::string doc, std::vector<shape_field> fields) {
  shape made{.name = std::move(name), .doc = std::move(doc)};
  std::set<std::string_view> names;
  for (const auto& field : fields) {
    if (!names.insert(field.spec().name).second)
      throw std::logic_error("the shape " + made.name + ": " + field.spec().name +
                             " is declared twice");
    made.fields.push_back(field.spec());
  }
  return std::make_shared<const shape>(std::move(made));
}

shape_ptr extend(const shape_ptr& base, std::string name, std::string doc,
                 std::vector<shape_field> fields) {
  std::vector<shape_field> all;
  for (const auto& known : base->fields) all.push_back(like(known));
  for (auto& field : fields) all.push_back(std::move(field));
  return make_shape(std::move(name), std::move(doc), std::move(all));
}

shape_ptr page_of(const shape_ptr& item) {
  return make_shape(
      item->name + "Page", "One page of a list, and where it stands in the whole.",
      {array("data", item).doc("The items of this page."),
       integer("total").int64().at_least(0).doc("Items on all pages.").example(1),
       integer("page").int64().at_least(1).doc("This page, from 1.").example(1),
       integer("per_page").int64().at_least(1).doc("Items on a full page.").example(20),
       integer("total_pages").int64().at_least(0).doc("Pages there are.").example(1)});
}

}  // namespace omnistream::http::contract
