#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::storage {

/// The arguments of one statement in PostgreSQL's text format. Types are the statement's business
/// (`$1::uuid`, `$2::text[]`); this only renders C++ values. Arrays may hold NULLs through
/// std::optional.
class arguments {
 public:
  template <class... Values>
  explicit arguments(const Values&... values) {
    values_.reserve(sizeof...(Values));
    (add(values), ...);
  }

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  void add(std::nullopt_t) { values_.emplace_back(std::nullopt); }
  template <class T>
  void add(const T& value) {
    values_.emplace_back(render(value));
  }
  template <class T>
  void add(const std::optional<T>& value) {
    if (value)
      add(*value);
    else
      values_.emplace_back(std::nullopt);
  }

  static std::string render(std::string_view value) { return std::string(value); }
  static std::string render(const std::string& value) { return value; }
  static std::string render(const char* value) { return value; }
  static std::string render(const uuid& value) { return value.to_string(); }
  static std::string render(const timestamp& value);
  static std::string render(bool value) { return value ? "t" : "f"; }
  static std::string render(double value);
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  static std::string render(T value) {
    return std::to_string(value);
  }
  template <class T>
  static std::string render(const std::vector<T>& elements) {
    std::string text = "{";
    for (const auto& element : elements) {
      if (text.size() > 1) text += ',';
      append_element(text, element);
    }
    return text += '}';
  }

  template <class T>
  static void append_element(std::string& text, const T& element) {
    if constexpr (std::is_convertible_v<T, std::string_view>)
      append_quoted(text, element);
    else
      text += render(element);
  }
  template <class T>
  static void append_element(std::string& text, const std::optional<T>& element) {
    if (element)
      append_element(text, *element);
    else
      text += "NULL";
  }
  static void append_quoted(std::string& text, std::string_view element);

  std::vector<std::optional<std::string>> values_;
};

}  // namespace omnistream::storage
