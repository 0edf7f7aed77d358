#include <algorithm>
#include <string>

#include "http/contract/constraints.hpp"
#include "http/contract/shape.hpp"

namespace omnistream::http::contract {
namespace {

using json = nlohmann::json;

/// Walks a JSON value beside its declaration and writes down what differs.
class checker {
 public:
  std::vector<std::string> take() { return std::move(found_); }

  void value(const value_spec& of, const json& value, const std::string& at) {
    if (value.is_null()) {
      if (!of.nullable && of.type != value_type::any) say(at, "is null");
      return;
    }
    if (!has_type(of, value)) {
      say(at, "is " + std::string(value.type_name()) + ", not " + describe(of));
      return;
    }
    switch (of.type) {
      case value_type::string:
        broken(check_text(of, value.get_ref<const std::string&>()), at);
        break;
      case value_type::integer:
      case value_type::number:
        broken(check_number(of, value.get<double>()), at);
        break;
      case value_type::object:
        object(*of.object, value, at);
        break;
      case value_type::array:
        broken(check_count(of, value.size()), at);
        for (std::size_t i = 0; i < value.size(); ++i)
          this->value(*of.items, value[i], at + '[' + std::to_string(i) + ']');
        break;
      case value_type::map:
        broken(check_count(of, value.size()), at);
        if (of.items)
          for (const auto& [name, entry] : value.items())
            this->value(*of.items, entry, at + '.' + name);
        break;
      case value_type::boolean:
      case value_type::any:
        break;
    }
  }

  void object(const shape& of, const json& value, const std::string& at) {
    if (!value.is_object())
      return say(at, "is " + std::string(value.type_name()) + ", not an object");
    for (const auto& field : of.fields) {
      const auto member = value.find(field.name);
      if (member != value.end()) {
        this->value(field.value, *member, at + '.' + field.name);
      } else if (field.required) {
        say(at + '.' + field.name, "is missing");
      }
    }
    for (const auto& [name, member] : value.items())
      if (!of.open && of.find(name) == nullptr) say(at + '.' + name, "is not declared");
  }

 private:
  static bool has_type(const value_spec& of, const json& value) {
    switch (of.type) {
      case value_type::string:
        return value.is_string();
      case value_type::boolean:
        return value.is_boolean();
      case value_type::integer:
        return value.is_number_integer();
      case value_type::number:
        return value.is_number();
      case value_type::object:
      case value_type::map:
        return value.is_object();
      case value_type::array:
        return value.is_array();
      case value_type::any:
        return true;
    }
    return false;
  }

  void broken(const std::optional<violation>& what, const std::string& at) {
    if (what) say(at, what->code + ": " + what->message);
  }
  void say(const std::string& at, const std::string& what) { found_.push_back(at + ' ' + what); }

  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> check(const shape& of, const json& value) {
  checker walk;
  walk.object(of, value, "$");
  return walk.take();
}

std::vector<std::string> check(const value_spec& of, const json& value) {
  checker walk;
  walk.value(of, value, "$");
  return walk.take();
}

}  // namespace omnistream::http::contract
