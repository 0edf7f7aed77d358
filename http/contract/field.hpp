#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace omnistream::http::contract {

struct shape;

/// What a JSON value is.
enum class value_type : std::uint8_t {
  string,
  boolean,
  integer,
  number,
  object,  ///< one with declared fields: value_spec::object
  array,   ///< value_spec::items
  map,     ///< an object with names of the caller's choice; values as value_spec::items, if set
  any,     ///< free-form JSON
};

/// Named forms of a text that JSON Schema knows as `format`.
enum class text_format : std::uint8_t { none, uuid, date_time, date, email, uri };

/// Named forms of a text that JSON Schema needs a pattern for. Each is one entry of a table in
/// constraints.cpp: the regular expression for the document beside the code that checks it.
enum class text_pattern : std::uint8_t {
  none,
  phone_number,  ///< digits with an optional +, as people write them: `+62 812-3456-789`
  slug,          ///< `my-tenant-1`
  identifier,    ///< `order_update`: lower case letters, digits, underscores
  country,       ///< ISO 3166-1 alpha-2: `ID`
  language,      ///< as Meta writes it: `id`, `en_US`
  digits,
  token,  ///< printable ASCII without spaces, as it stands in an Authorization header
};

/// Everything that is declared about one value, wherever it stands. Lengths are in characters.
struct value_spec {
  value_type type = value_type::any;
  text_format format = text_format::none;
  text_pattern pattern = text_pattern::none;
  bool nullable = false;
  bool wide = false;                      ///< an integer of 64 bits
  bool secret = false;                    ///< write only; never shown in an example
  std::optional<double> minimum{};        ///< inclusive
  std::optional<double> maximum{};        ///< inclusive
  std::optional<std::size_t> size_min{};  ///< characters, items or entries, by type
  std::optional<std::size_t> size_max{};
  std::vector<std::string> allowed{};         ///< the enumeration; empty: any text
  std::shared_ptr<const shape> object{};      ///< of type object
  std::shared_ptr<const value_spec> items{};  ///< of types array and map
};

/// One named field of an object.
struct field_spec {
  std::string name{};
  std::string doc{};  ///< one or two sentences
  bool required = true;
  value_spec value{};
  std::optional<nlohmann::json> default_value{};
  std::optional<nlohmann::json> example{};
};

/// An object with declared fields. Named shapes become components of the OpenAPI document.
struct shape {
  std::string name{};  ///< `CampaignCreate`; empty: written where it is used
  std::string doc{};
  std::vector<field_spec> fields{};
  /// Of each group at least one field must be there.
  std::vector<std::vector<std::string>> at_least_one_of{};
  bool open = false;  ///< undeclared fields are allowed

  const field_spec* find(std::string_view field) const;
};
using shape_ptr = std::shared_ptr<const shape>;

/// The words in which fields are declared, the same for DTO tables and for response shapes.
/// Each returns the field itself, so that they chain.
template <class Derived>
class field_words {
 public:
  Derived&& doc(std::string text) {
    spec_.doc = std::move(text);
    return self();
  }
  Derived&& required() {
    spec_.required = true;
    return self();
  }
  Derived&& optional() {
    spec_.required = false;
    return self();
  }
  /// `null` is a value of this field.
  Derived&& nullable() {
    spec_.value.nullable = true;
    return self();
  }
  /// The value an absent field gets; makes it optional.
  Derived&& defaults_to(nlohmann::json value) {
    spec_.default_value = std::move(value);
    return optional();
  }
  Derived&& example(nlohmann::json value) {
    spec_.example = std::move(value);
    return self();
  }
  /// Characters of a text, items of an array, entries of a map.
  Derived&& size(std::size_t least, std::size_t most) {
    spec_.value.size_min = least;
    return size_max(most);
  }
  Derived&& size_max(std::size_t most) {
    spec_.value.size_max = most;
    return self();
  }
  Derived&& range(double least, double most) {
    spec_.value.maximum = most;
    return at_least(least);
  }
  Derived&& at_least(double least) {
    spec_.value.minimum = least;
    return self();
  }
  Derived&& one_of(std::vector<std::string> values) {
    spec_.value.allowed = std::move(values);
    return self();
  }
  Derived&& int64() {
    spec_.value.wide = true;
    return self();
  }
  Derived&& format(text_format which) {
    spec_.value.format = which;
    return self();
  }
  Derived&& pattern(text_pattern which) {
    spec_.value.pattern = which;
    return self();
  }
  /// Free-form JSON of any type, where otherwise only an object is taken.
  Derived&& any_type() {
    spec_.value.type = value_type::any;
    return self();
  }
  Derived&& secret() {
    spec_.value.secret = true;
    return self();
  }
  /// Declares more about the items of an array or the values of a map:
  /// `.each([](value_spec& item) { item.size_max = 32; })`.
  Derived&& each(const std::function<void(value_spec&)>& declare) {
    auto item = spec_.value.items ? *spec_.value.items : value_spec{};
    declare(item);
    spec_.value.items = std::make_shared<const value_spec>(std::move(item));
    return self();
  }

  const field_spec& spec() const { return spec_; }

 protected:
  explicit field_words(field_spec spec) : spec_(std::move(spec)) {}
  ~field_words() = default;
  field_words(const field_words&) = default;
  field_words(field_words&&) noexcept = default;
  field_words& operator=(const field_words&) = default;
  field_words& operator=(field_words&&) noexcept = default;

 private:
  Derived&& self() { return static_cast<Derived&&>(*this); }
  field_spec spec_;
};

}  // namespace omnistream::http::contract
