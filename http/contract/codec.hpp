#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/base/secret.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "http/contract/error_list.hpp"
#include "http/contract/json_reader.hpp"
#include "http/contract/json_writer.hpp"

namespace omnistream::http::contract {

/// A member of a PATCH body: absent (nothing), null (an inner nothing), or a value.
template <class T>
using patch = std::optional<std::optional<T>>;

/// JSON kept as its text, well-formed: for what goes to the database as it came.
struct raw_json {
  std::string text = "null";
};

/// An object with names of the caller's choice, as pairs ordered by name, each name once. For large
/// ones: half the memory of std::map and one allocation for all entries.
template <class T>
using flat_map = std::vector<std::pair<std::string, T>>;

/// How a C++ type is declared, read, checked and written. Readers report to the error list and
/// leave the target as it was when something is wrong. `from_text` reads a query parameter.
template <class T>
struct codec;

template <class T>
concept text_readable = requires(std::string_view text, const value_spec& spec, T& out,
                                 error_list& errors) {
  codec<T>::from_text(text, spec, out, errors);
};

/// True when a value of that kind comes next; otherwise says so and moves past it.
bool expect(json_reader& in, json_reader::kind wanted, const value_spec& spec, error_list& errors);

// -- texts ----------------------------------------------------------------------------------------

/// The pieces that all types written as JSON strings share; `Text::accept` makes the value.
template <class Text, class T>
struct text_codec {
  static void read(json_reader& in, const value_spec& spec, T& out, error_list& errors) {
    if (!expect(in, json_reader::kind::string, spec, errors)) return;
    const auto text = in.take_string();
    if (!in.failed()) from_text(text, spec, out, errors);
  }
  static void from_text(std::string_view text, const value_spec& spec, T& out, error_list& errors) {
    if (auto broken = check_text(spec, text)) {
      errors.add(std::move(*broken));
    } else {
      Text::accept(text, out);
    }
  }
};

template <>
struct codec<std::string> : text_codec<codec<std::string>, std::string> {
  static value_spec spec() { return {.type = value_type::string}; }
  static void accept(std::string_view text, std::string& out) { out = text; }
  static void write(const std::string& value, std::string& out) { append_json_string(out, value); }
};

template <>
struct codec<secret> : text_codec<codec<secret>, secret> {
  static value_spec spec() { return {.type = value_type::string, .secret = true}; }
  static void accept(std::string_view text, secret& out) { out = secret(std::string(text)); }
  static void write(const secret& value, std::string& out) { append_json_string(out, mask(value)); }
};

template <>
struct codec<uuid> : text_codec<codec<uuid>, uuid> {
  static value_spec spec() { return {.type = value_type::string, .format = text_format::uuid}; }
  static void accept(std::string_view text, uuid& out) { out = uuid::parse(text).value_or(uuid{}); }
  static void write(const uuid& value, std::string& out) {
    append_json_string(out, value.to_string());
  }
};

template <>
struct codec<timestamp> : text_codec<codec<timestamp>, timestamp> {
  static value_spec spec() {
    return {.type = value_type::string, .format = text_format::date_time};
  }
  static void accept(std::string_view text, timestamp& out) {
    out = parse_rfc3339(text).value_or(timestamp{});
  }
  static void write(const timestamp& value, std::string& out) {
    append_json_string(out, format_rfc3339(value));
  }
};

// -- numbers and truth values -------------------------------------------------------------------

/// Reads `text` as an integer between the bounds, or says what is wrong: `wrong_type` when it is
/// none, `out_of_range` when it does not fit. `1.0` and `1e3` are integers.
std::optional<violation> read_integer(std::string_view text, const value_spec& spec,
                                      std::int64_t least, std::int64_t most, std::int64_t& out);
std::optional<violation> read_number(std::string_view text, const value_spec& spec, double& out);

template <class T>
requires std::signed_integral<T>
struct codec<T> {
  static value_spec spec() { return {.type = value_type::integer, .wide = sizeof(T) == 8}; }
  static void read(json_reader& in, const value_spec& spec, T& out, error_list& errors) {
    if (!expect(in, json_reader::kind::number, spec, errors)) return;
    const auto text = in.take_number();
    if (!in.failed()) from_text(text, spec, out, errors);
  }
  static void from_text(std::string_view text, const value_spec& spec, T& out, error_list& errors) {
    std::int64_t value = 0;
    if (auto broken = read_integer(text, spec, std::numeric_limits<T>::min(),
                                   std::numeric_limits<T>::max(), value)) {
      errors.add(std::move(*broken));
    } else {
      out = static_cast<T>(value);
    }
  }
  static void write(T value, std::string& out) {
    append_json_number(out, static_cast<std::int64_t>(value));
  }
};

template <>
struct codec<double> {
  static value_spec spec() { return {.type = value_type::number}; }
  static void read(json_reader& in, const value_spec& spec, double& out, error_list& errors) {
    if (!expect(in, json_reader::kind::number, spec, errors)) return;
    const auto text = in.take_number();
    if (!in.failed()) from_text(text, spec, out, errors);
  }
  static void from_text(std::string_view text, const value_spec& spec, double& out,
                        error_list& errors) {
    if (auto broken = read_number(text, spec, out)) errors.add(std::move(*broken));
  }
  static void write(double value, std::string& out) { append_json_number(out, value); }
};

template <>
struct codec<bool> {
  static value_spec spec() { return {.type = value_type::boolean}; }
  static void read(json_reader& in, const value_spec& spec, bool& out, error_list& errors) {
    if (expect(in, json_reader::kind::boolean, spec, errors)) out = in.take_boolean();
  }
  static void from_text(std::string_view text, const value_spec& spec, bool& out,
                        error_list& errors) {
    if (text == "true" || text == "false") {
      out = text == "true";
    } else {
      errors.add(wrong_type(spec, "that text"));
    }
  }
  static void write(bool value, std::string& out) { out += value ? "true" : "false"; }
};

// -- absent and null ----------------------------------------------------------------------------

template <class T>
struct codec<std::optional<T>> {
  static value_spec spec() { return codec<T>::spec(); }
  static void read(json_reader& in, const value_spec& spec, std::optional<T>& out,
                   error_list& errors) {
    if (spec.nullable && in.peek() == json_reader::kind::null) {
      in.take_null();
      out.reset();
      return;
    }
    codec<T>::read(in, spec, out.emplace(), errors);
  }
  static void from_text(std::string_view text, const value_spec& spec, std::optional<T>& out,
                        error_list& errors) requires text_readable<T> {
    codec<T>::from_text(text, spec, out.emplace(), errors);
  }
  static void write(const std::optional<T>& value, std::string& out) {
    if (value) {
      codec<T>::write(*value, out);
    } else {
      out += "null";
    }
  }
};

template <class T>
struct codec<std::optional<std::optional<T>>> {
  static value_spec spec() {
    auto inner = codec<T>::spec();
    inner.nullable = true;
    return inner;
  }
  static void read(json_reader& in, const value_spec& spec, patch<T>& out, error_list& errors) {
    codec<std::optional<T>>::read(in, spec, out.emplace(), errors);
  }
  static void write(const patch<T>& value, std::string& out) {
    codec<std::optional<T>>::write(value.value_or(std::nullopt), out);
  }
};

// -- arrays and maps ----------------------------------------------------------------------------

/// Asked before each item beyond those read: false when there are too many, which is said once.
bool room_for_more(const value_spec& spec, std::size_t count, bool& told, error_list& errors);

template <class T>
struct codec<std::vector<T>> {
  static value_spec spec() {
    return {.type = value_type::array, .items = std::make_shared<value_spec>(codec<T>::spec())};
  }
  static void read(json_reader& in, const value_spec& spec, std::vector<T>& out,
                   error_list& errors) {
    if (!expect(in, json_reader::kind::array, spec, errors)) return;
    out.clear();
    bool told = false;
    std::size_t count = 0;
    in.begin_array();
    for (; in.next_element(); ++count) {
      if (!room_for_more(spec, count, told, errors)) {
        in.skip();
        continue;
      }
      const error_list::scope item(errors, count);
      T value{};
      codec<T>::read(in, *spec.items, value, errors);
      out.push_back(std::move(value));
    }
    if (auto broken = told ? std::nullopt : check_count(spec, count))
      errors.add(std::move(*broken));
  }
  /// `a,b,c`
  static void from_text(std::string_view text, const value_spec& spec, std::vector<T>& out,
                        error_list& errors) requires text_readable<T> {
    out.clear();
    while (!text.empty()) {
      const auto comma = text.find(',');
      T value{};
      codec<T>::from_text(text.substr(0, comma), *spec.items, value, errors);
      out.push_back(std::move(value));
      text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    if (auto broken = check_count(spec, out.size())) errors.add(std::move(*broken));
  }
  static void write(const std::vector<T>& values, std::string& out) {
    out += '[';
    for (const auto& value : values) {
      if (&value != &values.front()) out += ',';
      codec<T>::write(value, out);
    }
    out += ']';
  }
};

/// Reads the entries of a map and hands each over with its name; `Put` is called with
/// (std::string&& name, T&& value).
template <class T, class Put>
void read_entries(json_reader& in, const value_spec& spec, error_list& errors, Put&& put) {
  bool told = false;
  std::size_t count = 0;
  std::string_view key;
  in.begin_object();
  for (; in.next_member(key); ++count) {
    if (!room_for_more(spec, count, told, errors)) {
      in.skip();
      continue;
    }
    std::string name(key);
    const error_list::scope entry(errors, std::string_view(name));
    T value{};
    codec<T>::read(in, *spec.items, value, errors);
    put(std::string(name), std::move(value));
  }
  if (auto broken = told ? std::nullopt : check_count(spec, count)) errors.add(std::move(*broken));
}

template <class Map>
void write_entries(const Map& values, std::string& out) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : values) {
    if (!std::exchange(first, false)) out += ',';
    append_json_string(out, name);
    out += ':';
    codec<std::decay_t<decltype(value)>>::write(value, out);
  }
  out += '}';
}

template <class Map, class T>
struct map_codec {
  static value_spec spec() {
    return {.type = value_type::map, .items = std::make_shared<value_spec>(codec<T>::spec())};
  }
  static void read(json_reader& in, const value_spec& spec, Map& out, error_list& errors) {
    if (!expect(in, json_reader::kind::object, spec, errors)) return;
    out.clear();
    read_entries<T>(in, spec, errors, [&](std::string&& name, T&& value) {
      out.insert_or_assign(std::move(name), std::move(value));
    });
  }
  static void write(const Map& values, std::string& out) { write_entries(values, out); }
};

template <class T>
struct codec<std::map<std::string, T>> : map_codec<std::map<std::string, T>, T> {};
template <class T>
struct codec<std::unordered_map<std::string, T>>
    : map_codec<std::unordered_map<std::string, T>, T> {};

template <class T>
struct codec<std::vector<std::pair<std::string, T>>> {
  static value_spec spec() {
    return {.type = value_type::map, .items = std::make_shared<value_spec>(codec<T>::spec())};
  }
  static void read(json_reader& in, const value_spec& spec, flat_map<T>& out, error_list& errors) {
    if (!expect(in, json_reader::kind::object, spec, errors)) return;
    out.clear();
    read_entries<T>(in, spec, errors, [&](std::string&& name, T&& value) {
      out.emplace_back(std::move(name), std::move(value));
    });
    order(out);
  }
  static void write(const flat_map<T>& values, std::string& out) { write_entries(values, out); }

 private:
  /// By name; of several entries with one name the last one stays.
  static void order(flat_map<T>& out) {
    const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
    if (!std::is_sorted(out.begin(), out.end(), before))
      std::stable_sort(out.begin(), out.end(), before);
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    const auto kept = std::unique(out.rbegin(), out.rend(), same);
    out.erase(out.begin(), kept.base());
  }
};

// -- free-form JSON -------------------------------------------------------------------------------

/// Both take an object, of any content, unless the field says `.any_type()`.
template <>
struct codec<raw_json> {
  static value_spec spec() { return {.type = value_type::map}; }
  static void read(json_reader& in, const value_spec& spec, raw_json& out, error_list& errors) {
    if (spec.type == value_type::map && !expect(in, json_reader::kind::object, spec, errors))
      return;
    out.text = in.skip();
  }
  static void write(const raw_json& value, std::string& out) { out += value.text; }
};

template <>
struct codec<nlohmann::json> {
  static value_spec spec() { return {.type = value_type::map}; }
  static void read(json_reader& in, const value_spec& spec, nlohmann::json& out,
                   error_list& errors) {
    if (spec.type == value_type::map && !expect(in, json_reader::kind::object, spec, errors))
      return;
    const auto text = in.skip();
    if (!in.failed()) out = nlohmann::json::parse(text, nullptr, false);
  }
  static void write(const nlohmann::json& value, std::string& out) {
    out += value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
};

}  // namespace omnistream::http::contract
