#include <algorithm>

#include "http/contract/constraints.hpp"
#include "http/contract/shape.hpp"

namespace omnistream::http::contract {
namespace {

using json = nlohmann::ordered_json;

std::string example_text(const value_spec& of) {
  if (!of.allowed.empty()) return of.allowed.front();
  if (of.pattern != text_pattern::none) return std::string(example_of(of.pattern));
  switch (of.format) {
    case text_format::uuid:
      return std::string(example_uuid);
    case text_format::date_time:
      return "2026-01-02T03:04:05Z";
    case text_format::date:
      return "2026-01-02";
    case text_format::email:
      return "ana@example.com";
    case text_format::uri:
      return "https://example.com/path";
    case text_format::none:
      break;
  }
  std::string text = of.secret ? "********" : "text";
  if (of.size_max && text.size() > *of.size_max) text.resize(*of.size_max);
  if (of.size_min && text.size() < *of.size_min) text.resize(*of.size_min, 'x');
  return text;
}

json example_number(const value_spec& of) {
  double value = 0;
  if (of.minimum) value = std::max(value, *of.minimum);
  if (of.maximum) value = std::min(value, *of.maximum);
  if (of.type == value_type::integer) return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

json example_of(const value_spec& of) {
  switch (of.type) {
    case value_type::string:
      return example_text(of);
    case value_type::boolean:
      return true;
    case value_type::integer:
    case value_type::number:
      return example_number(of);
    case value_type::object:
      return example_of(*of.object);
    case value_type::array: {
      const auto count = std::max<std::size_t>(1, of.size_min.value_or(1));
      return json::array_t(count, example_of(*of.items));
    }
    case value_type::map:
      if (!of.items) return json::object();
      return {{"name", example_of(*of.items)}};
    case value_type::any:
      return json::object();
  }
  return nullptr;
}

json example_of(const shape& of) {
  auto made = json::object();
  for (const auto& field : of.fields)
    made[field.name] = field.example         ? json(*field.example)
                       : field.default_value ? json(*field.default_value)
                                             : example_of(field.value);
  return made;
}

}  // namespace omnistream::http::contract
