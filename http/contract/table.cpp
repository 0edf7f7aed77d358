#include "http/contract/table.hpp"

#include <algorithm>
#include <set>

namespace omnistream::http::contract {

const field_spec* shape::find(std::string_view field) const {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [&](const field_spec& known) { return known.name == field; });
  return at == fields.end() ? nullptr : &*at;
}

namespace detail {

void require_sound(const shape& declared) {
  constexpr std::size_t fields_max = 64;
  const auto complain = [&](const std::string& what) {
    throw std::logic_error("the table " + declared.name + ": " + what);
  };
  if (declared.fields.empty()) complain("it has no fields");
  if (declared.fields.size() > fields_max) complain("it has too many fields");
  std::set<std::string_view> names;
  for (const auto& known : declared.fields)
    if (!names.insert(known.name).second) complain(known.name + " is declared twice");
}

problem not_json(const json_reader& in) {
  if (in.too_deep())
    return problems::bad_request(
        "not_json",
        "The body is nested deeper than " + std::to_string(json_reader::depth_max) + " levels.");
  return problems::bad_request("not_json", "The body is not valid JSON; the fault is at byte " +
                                               std::to_string(in.position()) + ".");
}

violation unknown_field() {
  return {"unknown_field", "There is no such field."};
}

violation missing_field() {
  return {"required", "Is required."};
}

violation one_needed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return {"required", "At least one of these is required: " + list + "."};
}

bool is_blank(std::string_view body) {
  return body.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace detail
}  // namespace omnistream::http::contract
