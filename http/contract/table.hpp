#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/utf8.hpp"
#include "http/contract/codec.hpp"
#include "http/contract/field.hpp"

namespace omnistream::http::contract {

template <class T>
class table;

/// A DTO whose table is found by `const table<T>& table_for(const T*)` in the DTO's own namespace
/// can be a member of another DTO.
template <class T>
concept has_table = requires(const T* dto) {
  table_for(dto).shape();
};

/// One member of a DTO, declared once: name, place, and what field_words says. A member is required
/// unless it is std::optional or says otherwise.
///
///     field("name", &campaign_create::name).size(1, 200).doc("What people call it.")
template <class T>
class field : public field_words<field<T>> {
 public:
  template <class Member>
  field(std::string name, Member T::*member)
      : field_words<field<T>>({.name = std::move(name),
                               .required = !is_optional<Member>::value,
                               .value = codec<Member>::spec()}),
        read_([member](json_reader& in, const value_spec& spec, T& to, error_list& errors) {
          codec<Member>::read(in, spec, to.*member, errors);
        }),
        write_(
            [member](const T& from, std::string& out) { codec<Member>::write(from.*member, out); }),
        present_([member](const T& from) {
          if constexpr (is_optional<Member>::value) return (from.*member).has_value();
          return true;
        }) {
    if constexpr (text_readable<Member>) {
      read_text_ = [member](std::string_view text, const value_spec& spec, T& to,
                            error_list& errors) {
        codec<Member>::from_text(text, spec, to.*member, errors);
      };
    }
  }

 private:
  friend class table<T>;
  template <class M>
  struct is_optional : std::false_type {};
  template <class M>
  struct is_optional<std::optional<M>> : std::true_type {};

  std::function<void(json_reader&, const value_spec&, T&, error_list&)> read_;
  std::function<void(std::string_view, const value_spec&, T&, error_list&)> read_text_;
  std::function<void(const T&, std::string&)> write_;
  std::function<bool(const T&)> present_;
};
template <class T, class Member>
field(std::string, Member T::*) -> field<T>;

/// What is common to all tables, whatever their DTO.
namespace detail {
/// Throws std::logic_error for a declaration that cannot be meant.
void require_sound(const shape& declared);
problem not_json(const json_reader& in);
violation unknown_field();
violation missing_field();
violation one_needed(const std::vector<std::string>& names);
bool is_blank(std::string_view body);
}  // namespace detail

/// The field table of a DTO: from it come reading with all mistakes at once, writing, and the
/// schema in the OpenAPI document. Make one per DTO, once:
///
///     const table<campaign_create>& table_for(const campaign_create*) {
///       static const table<campaign_create> fields("CampaignCreate", "A new draft.", {...});
///       return fields;
///     }
///
/// Immutable afterwards; any thread.
template <class T>
class table {
 public:
  static constexpr std::size_t fields_max = 64;
  using cross_check = std::function<void(const T&, error_list&)>;

  table(std::string name, std::string doc, std::vector<field<T>> fields)
      : fields_(std::move(fields)) {
    contract::shape declared{.name = std::move(name), .doc = std::move(doc)};
    for (const auto& known : fields_) declared.fields.push_back(known.spec());
    detail::require_sound(declared);
    shape_ = std::make_shared<const contract::shape>(std::move(declared));
    prepare_defaults();
  }

  /// At least one of these fields must be in the body; said as `required` for each of them.
  table at_least_one_of(std::vector<std::string> names) && {
    auto changed = *shape_;
    changed.at_least_one_of.push_back(std::move(names));
    shape_ = std::make_shared<const contract::shape>(std::move(changed));
    return std::move(*this);
  }
  /// A rule over several fields; asked only when each field by itself is right.
  table checked_by(cross_check rule) && {
    rules_.push_back(std::move(rule));
    return std::move(*this);
  }

  const shape_ptr& shape() const { return shape_; }

  /// Reads the object where `in` stands. Mistakes go to `errors`; faults of the JSON stay in `in`.
  void read(json_reader& in, T& to, error_list& errors) const {
    std::uint64_t seen = 0;
    std::size_t expected = 0;  // members mostly come in the declared order
    std::string_view key;
    in.begin_object();
    while (in.next_member(key)) {
      const auto index = find(key, expected);
      if (index == fields_.size()) {
        errors.add(std::string(key), detail::unknown_field());
        in.skip();
        continue;
      }
      expected = index + 1;
      seen |= std::uint64_t{1} << index;
      const auto& spec = fields_[index].spec();
      const error_list::scope member(errors, std::string_view(spec.name));
      fields_[index].read_(in, spec.value, to, errors);
    }
    if (!in.failed()) finish(seen, to, errors);
  }

  /// The whole of a request's body: 400 `not_json`, or 422 with every wrong field. An empty body
  /// counts as `{}`, which is right where nothing is required.
  result<T> parse_body(std::string_view body) const {
    if (!is_utf8(body)) return problems::bad_request("not_json", "The body is not valid UTF-8.");
    const std::string_view text = detail::is_blank(body) ? std::string_view("{}") : body;
    T to{};
    error_list errors;
    json_reader in(text, [&errors] { errors.add(zero_character()); });
    const value_spec whole{.type = value_type::object};
    if (expect(in, json_reader::kind::object, whole, errors)) read(in, to, errors);
    if (!in.finished()) return detail::not_json(in);
    if (!errors.empty()) return problems::invalid(errors.take());
    return to;
  }

  /// The parameters of a query, decoded: 422 with every wrong one. Names that are not declared are
  /// ignored, as clients add their own; of one name given twice the last counts.
  result<T> parse_query(std::span<const std::pair<std::string, std::string>> parameters) const {
    std::uint64_t seen = 0;
    T to{};
    error_list errors;
    for (const auto& [name, text] : parameters) {
      const auto index = find(name, 0);
      if (index == fields_.size()) continue;
      seen |= std::uint64_t{1} << index;
      const auto& spec = fields_[index].spec();
      if (!fields_[index].read_text_)
        throw std::logic_error(spec.name + " cannot be a query parameter");
      const error_list::scope member(errors, std::string_view(spec.name));
      fields_[index].read_text_(text, spec.value, to, errors);
    }
    finish(seen, to, errors);
    if (!errors.empty()) return problems::invalid(errors.take());
    return to;
  }

  /// Appends the DTO as a JSON object; absent optional members are left out.
  void write(const T& from, std::string& out) const {
    out += '{';
    bool first = true;
    for (const auto& known : fields_) {
      if (!known.present_(from)) continue;
      if (!std::exchange(first, false)) out += ',';
      append_json_string(out, known.spec().name);
      out += ':';
      known.write_(from, out);
    }
    out += '}';
  }
  std::string to_json(const T& from) const {
    std::string text;
    write(from, text);
    return text;
  }

 private:
  std::size_t find(std::string_view name, std::size_t first_guess) const {
    for (std::size_t tried = 0; tried < fields_.size(); ++tried) {
      const auto index = (first_guess + tried) % fields_.size();
      if (fields_[index].spec().name == name) return index;
    }
    return fields_.size();
  }

  /// What can be said once all members have been seen: missing ones, defaults, rules.
  void finish(std::uint64_t seen, T& to, error_list& errors) const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if ((seen >> i) & 1U) continue;
      const auto& spec = fields_[i].spec();
      if (!defaults_[i].empty()) {
        json_reader in(defaults_[i]);
        fields_[i].read_(in, spec.value, to, errors);
      } else if (spec.required) {
        errors.add(spec.name, detail::missing_field());
      }
    }
    for (const auto& group : shape_->at_least_one_of) {
      bool any = false;
      for (const auto& name : group) any = any || ((seen >> find(name, 0)) & 1U);
      if (any) continue;
      for (const auto& name : group) errors.add(name, detail::one_needed(group));
    }
    if (!errors.empty()) return;
    for (const auto& rule : rules_) rule(to, errors);
  }

  /// A default that its own field refuses is a mistake of ours, found when the table is made.
  void prepare_defaults() {
    for (const auto& known : fields_) {
      const auto& spec = known.spec();
      defaults_.push_back(spec.default_value ? spec.default_value->dump() : "");
      if (!spec.default_value) continue;
      T to{};
      error_list errors;
      json_reader in(defaults_.back());
      known.read_(in, spec.value, to, errors);
      if (!errors.empty())
        throw std::logic_error("the default of " + spec.name + ": " +
                               errors.take().front().message);
    }
  }

  std::vector<field<T>> fields_;
  std::vector<std::string> defaults_;  ///< JSON; empty: none
  std::vector<cross_check> rules_;
  shape_ptr shape_;
};

/// A DTO as a member of another one.
template <has_table T>
struct codec<T> {
  static value_spec spec() {
    return {.type = value_type::object,
            .object = table_for(static_cast<const T*>(nullptr)).shape()};
  }
  static void read(json_reader& in, const value_spec& spec, T& out, error_list& errors) {
    if (!expect(in, json_reader::kind::object, spec, errors)) return;
    T fresh{};
    table_for(static_cast<const T*>(nullptr)).read(in, fresh, errors);
    out = std::move(fresh);
  }
  static void write(const T& value, std::string& out) {
    table_for(static_cast<const T*>(nullptr)).write(value, out);
  }
};

}  // namespace omnistream::http::contract
